"""The checker: reads the history and the stores afterwards, and finds what should not have been."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.chaos.calls import Calls
from tests.chaos.checks.hands import hands
from tests.chaos.checks.ledger import ledger
from tests.chaos.checks.leftovers import leftovers
from tests.chaos.checks.remote import outcomes, remote
from tests.chaos.checks.storage import storage
from tests.chaos.checks.streams import streams
from tests.chaos.checks.ticks import ticks
from tests.chaos.finding import Finding
from tests.chaos.history import Event
from tests.chaos.stores import Stores


@dataclass(frozen=True)
class Checked:
    """The findings, when each item that callers know of was accepted, how many by type and over.

    `work` counts what the workers did, and `remote` how remote calls ended.
    """

    findings: list[Finding]
    accepted: list[float]
    by_type: Counter[str]
    by_transport: Counter[str]
    work: Mapping[str, int]
    remote: Mapping[str, int]


def check(history: Iterable[Event], stores: Stores) -> Checked:
    """Hold the stores against the history, which is read more than once."""
    calls = Calls.read(history)
    findings = [
        *calls.findings,
        *storage(calls, stores),
        *streams(history, stores),
        *leftovers(history, stores),
        *ticks(stores),
        *ledger(stores.chores),
        *remote(history, stores.chores),
        *hands(history),
    ]
    accepted = list(calls.accepted())
    by_type = Counter(type_ for (type_, _), _ in accepted)
    return Checked(
        findings,
        sorted(at for _, at in accepted),
        by_type,
        calls.by_transport(),
        _work(findings, stores),
        outcomes(history),
    )


def _work(findings: Iterable[Finding], stores: Stores) -> dict[str, int]:
    """Return what the workers did, and what went wrong with that, for people."""
    ticks, chores = stores.ticks, stores.chores
    kinds = Counter(finding.what for finding in findings)
    runs = sum(chores.runs.values())
    return {
        "runs of scheduled jobs": len(ticks.finished),
        "jobs run twice": ticks.repeated() + kinds["a durable job doubled"],
        "writes under a lock": len(chores.lines),
        "late writes refused by their fence": chores.refused,
        "fencing tokens out of order": ticks.unfenced() + kinds["a write under an old lock"],
        "durable jobs": len(chores.jobs),
        "durable jobs lost": kinds["a durable job lost"] + kinds["a durable job never done"],
        "runs of durable jobs again after a broken one": runs - len(chores.runs),
        "remote work done twice": kinds["remote work done twice"],
    }
