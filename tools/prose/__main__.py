"""Check the prose of files, by default of all that must pass: `python -m tools.prose [PATH ...]`.

`--count` prints how often each rule is broken, by folder.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from tools.prose.check import Finding, check
from tools.prose.paths import ROOT, checked_paths


def main() -> int:
    """Print what breaks a rule; return 1 if anything does."""
    parser = argparse.ArgumentParser(prog="tools.prose", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--count", action="store_true")
    given = parser.parse_args()
    paths = given.paths or [path.relative_to(ROOT) for path in checked_paths()]
    found = [finding for path in paths for finding in check(path)]
    for line in _counts(found) if given.count else map(str, found):
        print(line)
    print(f"{len(paths)} files, {len(found)} sentences to mend", file=sys.stderr)
    return 1 if found else 0


def _counts(found: list[Finding]) -> list[str]:
    counts = Counter((str(finding.path.parent), finding.rule) for finding in found)
    return [f"{folder}\t{rule}\t{count}" for (folder, rule), count in sorted(counts.items())]


if __name__ == "__main__":
    sys.exit(main())
