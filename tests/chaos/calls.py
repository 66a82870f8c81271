"""The calls, and what the callers know of them: the history, added up by key."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.chaos.event_type import Item
from tests.chaos.finding import Finding
from tests.chaos.history import Event

# The answers to a call that breaks a rule, or ships what the customer has not ordered.
REFUSALS = (400, 404, 422)

State = Literal["accepted", "refused", "doubtful"]


@dataclass(slots=True)
class Asked:
    """A call for items of a type: how many, whether it is wrong, what was answered, and when.

    `over` is its transport.
    """

    type: str
    size: int
    wrong: bool
    over: str = "http"
    ids: list[str] | None = None
    at: float = 0.0
    refused: bool = False

    @property
    def state(self) -> State:
        """The caller's knowledge in the end; a doubtful item may have been stored, or not."""
        if self.ids is not None:
            return "accepted"
        return "refused" if self.refused or self.wrong else "doubtful"


@dataclass
class Calls:
    """All calls by key, and what was wrong with the answers themselves."""

    by_key: dict[str, Asked] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def read(cls, history: Iterable[Event]) -> "Calls":
        """Read them out of a history."""
        calls = cls()
        for event in history:
            calls._take(event)
        return calls

    def accepted(self) -> Iterator[tuple[Item, float]]:
        """Yield each item whose id a caller was given, and when."""
        for asked in self.by_key.values():
            for identity in asked.ids or ():
                yield (asked.type, identity), asked.at

    def by_transport(self) -> Counter[str]:
        """Return how many items were accepted over each transport."""
        counts = Counter[str]()
        for asked in self.by_key.values():
            counts[asked.over] += len(asked.ids or ())
        return counts

    def _take(self, event: Event) -> None:
        match event["event"]:
            case "sent":
                asked = Asked(
                    event["type"], event["size"], event["wrong"], event.get("over", "http")
                )
                self.by_key[event["key"]] = asked
            case "accepted":
                self._accept(event)
            case "refused":
                self._refuse(event)
            case "despaired":
                detail = f"{event['key']}: no answer for {event['seconds']:g} s"
                self._find("never answered", detail, event)

    def _accept(self, event: Event) -> None:
        asked, ids = self.by_key[event["key"]], event["ids"]
        if asked.ids is None:
            asked.ids, asked.at = ids, event["at"]
            if len({*ids}) != asked.size:
                detail = f"{event['key']}: {asked.size} items, {len({*ids})} ids"
                self._find("not an id for each", detail, event)
        elif asked.ids != ids:
            detail = f"{event['key']}: first {asked.ids[0]}, then {ids[0]}"
            self._find("another id for the same key", detail, event)

    def _refuse(self, event: Event) -> None:
        asked, status = self.by_key[event["key"]], event["status"]
        if status < 500:
            asked.refused = True
        # To see that a shipment is wrong takes the database.
        if status != 503 and not (asked.wrong and status in REFUSALS):
            detail = f"{event['key']}: {event.get('word', status)}"
            self._find("an answer out of place", detail, event)

    def _find(self, what: str, detail: str, event: Event) -> None:
        self.findings.append(Finding(what, detail, event["at"]))
