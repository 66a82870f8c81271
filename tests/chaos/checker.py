"""The checker: reads the history and the stores afterwards, and finds what should not have been."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.chaos.calls import Calls
from tests.chaos.checks.hands import hands
from tests.chaos.checks.leftovers import leftovers
from tests.chaos.checks.storage import storage
from tests.chaos.checks.streams import streams
from tests.chaos.finding import Finding
from tests.chaos.history import Event
from tests.chaos.stores import Stores


@dataclass(frozen=True)
class Checked:
    """What was found, and when each notification that callers know of was accepted."""

    findings: list[Finding]
    accepted: list[float]


def check(history: Iterable[Event], stores: Stores) -> Checked:
    """Hold the stores against the history, which is read more than once."""
    calls = Calls.read(history)
    findings = [
        *calls.findings,
        *storage(calls, stores),
        *streams(history, stores),
        *leftovers(history, stores),
        *hands(history),
    ]
    return Checked(findings, sorted(at for _, at in calls.accepted()))
