"""Adds up the reports of all test runs: `python -m tools.summary`.

It tells each test that failed, and how, once more: a long log is often kept in part only. Its
last line is the plain 'N passed, N failed, N skipped'; it fails where nothing ran.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

REPORTS = Path(__file__).parent.parent / "build" / "reports"
# Maximum characters of a failed test's message: enough to distinguish most of them.
LENGTH = 400


def main() -> int:
    """Print what failed, a line for each report and the total; return 1 unless all is well."""
    total = [0, 0, 0]
    lines = []
    for file in sorted(REPORTS.glob("*.xml")):
        report = ElementTree.parse(file).getroot()
        for failure in failed(report):
            print(f"{file.stem}: {failure}")
        counts = counted(report)
        total = [one + other for one, other in zip(total, counts, strict=True)]
        lines.append(f"{file.stem}: {sentence(counts)}")
    print(*lines, sentence(total), sep="\n")
    return 0 if total[0] and not total[1] else 1


def failed(report: ElementTree.Element) -> Iterator[str]:
    """Yield the name of each test that failed or broke, and the start of what it says."""
    for test in report.iter("testcase"):
        for outcome in (*test.iter("failure"), *test.iter("error")):
            message = outcome.get("message") or "no message"
            yield f"{test.get('classname')}::{test.get('name')}: {message[:LENGTH]}"


def counted(report: ElementTree.Element) -> list[int]:
    """Return how many tests of one report passed, failed (or broke) and were skipped."""
    suites = list(report.iter("testsuite"))
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
