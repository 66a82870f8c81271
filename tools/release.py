"""Makes a release: `./run release -- 0.2.0`.

The part under "Unreleased" in the changelog gets the version and the date, in a tagged commit.
Nothing is pushed.
"""

import argparse
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from tools.releases import VERSION, git, numbers, releases
from tools.service import ROOT

CHANGELOG = "CHANGELOG.md"
_UNRELEASED = re.compile(r"^## Unreleased\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class ReleaseError(Exception):
    """Why there is no release; the text says what to do."""


def release(repository: Path, version: str, today: date) -> None:
    """Commit and tag a release; raises `ReleaseError` where it cannot be one."""
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version} is no version such as 0.2.0")
    if git(repository, "status", "--porcelain", "--untracked-files=normal"):
        raise ReleaseError("something is not committed: commit it, or `git stash`")
    earlier = list(releases(repository))
    if earlier and numbers(version) <= numbers(earlier[-1]):
        raise ReleaseError(f"{version} does not come after {earlier[-1]}")
    file = repository / CHANGELOG
    file.write_text(dated(file.read_text(), version, today))
    git(repository, "commit", "--quiet", "--all", f"--message=chore(release): {version}")
    git(repository, "tag", version)


def dated(changelog: str, version: str, today: date) -> str:
    """Return the changelog with what is unreleased as that version; raises `ReleaseError`."""
    found = _UNRELEASED.search(changelog)
    if found is None or not found[1].strip():
        raise ReleaseError(f'{CHANGELOG} has nothing under "Unreleased"')
    heading = f"## Unreleased\n\n## {version} ({today.isoformat()})\n"
    return changelog[: found.start()] + heading + found[1] + changelog[found.end() :]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument("version")
    try:
        release(ROOT, parser.parse_args().version, datetime.now(UTC).date())
    except ReleaseError as refusal:
        sys.exit(f"no release: {refusal}")
