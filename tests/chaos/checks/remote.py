"""Each remote call ends in time, as is promised; none is done twice that must not be."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from tests.chaos.chores.calling import WITHIN
from tests.chaos.chores.record import Chores
from tests.chaos.finding import Finding
from tests.chaos.history import Event
from tools.drill.rpc.jobs import ONCE

# Seconds beyond its deadline that a call may take on a machine that is busy with faults.
LATE = 2.0
ANSWERED = "answered"
UNANSWERED = "unanswered"
# The errors that say that nothing was done, and those that leave it open.
NOT_DONE = ("no-worker", "busy", "unavailable")
OPEN = ("deadline-exceeded", "outcome-unknown")


def remote(history: Iterable[Event], chores: Chores) -> Iterator[Finding]:
    """Find calls without an end, late or wrong ends, and work that contradicts them."""
    asked, ended = _read(history)
    if not any(event["outcome"] == ANSWERED for event in ended.values()):
        yield Finding("no remote call was answered", f"of {len(asked)}")
    for call, event in asked.items():
        times = chores.calls[call]
        if times > 1 and event["job"] == ONCE:
            detail = f"{event['job']} {call}: {times} times"
            yield Finding("remote work done twice", detail, event["at"])
        if call not in ended:
            yield Finding("a remote call without an end", f"{event['job']} {call}", event["at"])
            continue
        outcome = ended[call]["outcome"]
        if ended[call]["seconds"] > WITHIN + LATE:
            detail = f"{event['job']} {call}: {outcome} after {ended[call]['seconds']:g} s"
            yield Finding("a remote call that ended late", detail, event["at"])
        if outcome not in (ANSWERED, *NOT_DONE, *OPEN):
            detail = f"{event['job']} {call}: {outcome}"
            yield Finding("a remote call with a wrong end", detail, event["at"])
        if outcome == ANSWERED and not times:
            yield Finding("an answer without work", f"{event['job']} {call}", event["at"])
        if outcome in NOT_DONE and times:
            detail = f"{event['job']} {call}: {outcome}"
            yield Finding("refused and done", detail, event["at"])


def outcomes(history: Iterable[Event]) -> Mapping[str, int]:
    """Return how many calls ended how."""
    asked, ended = _read(history)
    counts = Counter(event["outcome"] for event in ended.values())
    counts[UNANSWERED] = len(asked.keys() - ended.keys())
    return counts


def _read(history: Iterable[Event]) -> tuple[dict[str, Event], dict[str, Event]]:
    asked, ended = {}, {}
    for event in history:
        if event["event"] == "asked":
            asked[event["call"]] = event
        elif event["event"] == "ended":
            ended[event["call"]] = event
    return asked, ended
