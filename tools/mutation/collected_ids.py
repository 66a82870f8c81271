"""Compares the ids of tests that one process collects twice: run in the folder of a service.

mutmut collects the tests once, and then runs those of each mutant by their ids, in the same
process. If pytest does not find an id, it fails, and mutmut takes that for a killed mutant. But
ids from `ids=` change: each time, pytest escapes a backslash or a letter outside of ASCII again.
"""

import sys
from collections.abc import Sequence

import pytest


class Collected:
    """A plugin that keeps the ids of the tests that are collected."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep them."""
        self.ids = {item.nodeid for item in items}


def collect(arguments: Sequence[str]) -> set[str]:
    """Return the ids of the tests that pytest finds with these arguments."""
    collected = Collected()
    pytest.main(["--collect-only", "-qqq", "--no-summary", *arguments], plugins=[collected])
    return collected.ids


def main(arguments: Sequence[str]) -> int:
    """Return 1, and print the ids, if some are others the second time, or there is none."""
    first, second = collect(arguments), collect(arguments)
    for changed in sorted(first - second):
        print(f"mutmut would not find {changed}: leave out its `ids=`", file=sys.stderr)
    return 1 if first != second or not first else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
