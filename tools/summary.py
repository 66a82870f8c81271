"""Adds up the reports of all test runs: `python -m tools.summary`.

Its last line is the plain 'N passed, N failed, N skipped'; it fails where nothing ran.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

REPORTS = Path(__file__).parent.parent / "build" / "reports"


def main() -> int:
    """Print a line for each report and the total; return 1 unless all is well."""
    total = [0, 0, 0]
    for report in sorted(REPORTS.glob("*.xml")):
        counts = read(report)
        total = [one + other for one, other in zip(total, counts, strict=True)]
        print(f"{report.stem}: {sentence(counts)}")
    print(sentence(total))
    return 0 if total[0] and not total[1] else 1


def read(report: Path) -> list[int]:
    """Return how many tests of one report passed, failed (or broke) and were skipped."""
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    tests, *others = (
        sum(int(suite.get(name, 0)) for suite in suites)
        for name in ("tests", "failures", "errors", "skipped")
    )
    failures, errors, skipped = others
    return [tests - failures - errors - skipped, failures + errors, skipped]


def sentence(counts: list[int]) -> str:
    """Return the counts in words."""
    return "{} passed, {} failed, {} skipped".format(*counts)


if __name__ == "__main__":
    sys.exit(main())
