"""A finding: a violation of a check."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

SHOWN = 5


class Finding(NamedTuple):
    """One thing that is wrong: its kind, the whole of it, and when it began, where that is known.

    `at` is in seconds since the beginning; of an item it is when it was accepted.
    """

    what: str
    detail: str
    at: float | None = None


def lines(findings: Iterable[Finding]) -> list[str]:
    """Return them for people: how many of each kind, and the first few."""
    kinds: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        kinds[finding.what].append(finding)
    told = []
    for what, those in kinds.items():
        told.append(f"{what}: {len(those):,}")
        for each in those[:SHOWN]:
            when = f" (at {each.at:.1f} s)" if each.at is not None else ""
            told.append(f"  {each.detail}{when}")
        if len(those) > SHOWN:
            told.append("  …")
    return told
