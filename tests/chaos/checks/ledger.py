"""Writes under a lock go by its tokens, one after the other; each has its durable job, done."""

from collections.abc import Iterator
from itertools import pairwise

from tests.chaos.chores.record import Chores
from tests.chaos.finding import Finding


def ledger(chores: Chores) -> Iterator[Finding]:
    """Find writes under old tokens, lost turns, and durable jobs that are lost or doubled.

    A durable job may run more than once, if its worker ended before it was known as done.
    """
    if not chores.lines:
        yield Finding("a ledger without a line", "no worker got the lock")
    for one, other in pairwise(chores.lines):
        if other.token < one.token:
            detail = f"line {other.number} has the token {other.token} after {one.token}"
            yield Finding("a write under an old lock", detail)
        if other.value != one.value + 1:
            detail = f"line {other.number} has the value {other.value} after {one.value}"
            yield Finding("two holders at once", detail)
    values = {line.value for line in chores.lines}
    for value in sorted(values - chores.jobs.keys()):
        yield Finding("a durable job lost", f"that of the value {value} is not in the journal")
    for value in sorted(chores.jobs.keys() - values):
        yield Finding("a durable job of nothing", f"no line has the value {value}")
    for value, count in sorted(chores.jobs.items()):
        if count > 1:
            yield Finding("a durable job doubled", f"{value} is in the journal {count} times")
        if not chores.runs[value]:
            yield Finding("a durable job never done", f"that of the value {value}")
