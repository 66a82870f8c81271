"""The checker: reads the history and the stores afterwards, and finds what should not have been."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.chaos.calls import Calls
from tests.chaos.checks.hands import hands
from tests.chaos.checks.leftovers import leftovers
from tests.chaos.checks.storage import storage
from tests.chaos.checks.streams import streams
from tests.chaos.checks.ticks import ticks
from tests.chaos.finding import Finding
from tests.chaos.history import Event
from tests.chaos.stores import Stores


@dataclass(frozen=True)
class Checked:
    """The findings, when each item that callers know of was accepted, and how many by type."""

    findings: list[Finding]
    accepted: list[float]
    by_type: Counter[str]


def check(history: Iterable[Event], stores: Stores) -> Checked:
    """Hold the stores against the history, which is read more than once."""
    calls = Calls.read(history)
    findings = [
        *calls.findings,
        *storage(calls, stores),
        *streams(history, stores),
        *leftovers(history, stores),
        *ticks(stores),
        *hands(history),
    ]
    accepted = list(calls.accepted())
    by_type = Counter(type_ for (type_, _), _ in accepted)
    return Checked(findings, sorted(at for _, at in accepted), by_type)
