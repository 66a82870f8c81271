"""The result of a test whose server is missing."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import NoReturn

import pytest


class Missing(RuntimeError):
    """There is no such server that tests can use; the text says why, and what to do."""


def give_up(missing: Missing) -> NoReturn:
    """Skip the running test, or fail it where `REQUIRE_SERVICES=1` says that servers are there."""
    if is_required(os.environ.get("REQUIRE_SERVICES", "")):
        pytest.fail(str(missing), pytrace=False)
    pytest.skip(str(missing))


def is_required(value: str) -> bool:
    """Return what the variable `REQUIRE_SERVICES` means."""
    return value not in ("", "0")


def told(reporter: pytest.TerminalReporter) -> Iterator[str]:
    """Yield a line for each reason for which tests were skipped, and not one for each test."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in reporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in reasons.most_common():
        yield f"{count} skipped: {reason}"
