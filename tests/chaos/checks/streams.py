"""Every subscriber has seen every entry, once, in the journal's order."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from tests.chaos.aggregates import TYPES
from tests.chaos.finding import Finding
from tests.chaos.history import Event
from tests.chaos.stores import Entry, Stores


class Follower:
    """Goes along the entries that one subscriber should see."""

    def __init__(self, name: str, wanted: Sequence[Entry]) -> None:
        self._name = name
        self._wanted = wanted
        self._positions = [entry.position for entry in wanted]
        self._next = 0

    def see(self, position: int, identity: str, at: float) -> Iterator[Finding]:
        """Take what the subscriber saw; find what is wrong with that."""
        place = bisect_left(self._positions, position)
        if place == len(self._wanted) or self._wanted[place][:2] != (position, identity):
            detail = f"{self._name}: {identity} at {position}"
            yield Finding("seen and not in the journal, or not asked for", detail, at)
        elif place < self._next:
            yield Finding("seen again", f"{self._name}: {identity} at {position}", at)
        else:
            yield from self._missed(place, at)
            self._next = place + 1

    def rewind(self, position: int) -> None:
        """Expect all after `position` once more."""
        self._next = min(self._next, bisect_right(self._positions, position))

    def end(self) -> Iterator[Finding]:
        """Find what was never seen."""
        yield from self._missed(len(self._wanted), None)

    def _missed(self, until: int, at: float | None) -> Iterator[Finding]:
        for entry in self._wanted[self._next : until]:
            yield Finding("unseen", f"{self._name}: {entry.id} at {entry.position}", at)


def streams(history: Iterable[Event], stores: Stores) -> Iterator[Finding]:
    """Find what a subscriber has missed, has seen again, or should not have seen."""
    followers: dict[str, Follower] = {}
    for event in history:
        match event["event"]:
            case "follows":
                followers[event["by"]] = Follower(event["by"], _wanted(event, stores.journal))
            case "seen":
                follower = followers[event["by"]]
                yield from follower.see(event["at_position"], event["id"], event["at"])
            case "rewound":
                followers[event["by"]].rewind(event["to"])
            case "followed" if event["resets"]:
                detail = f"{event['by']}: its cursor could not be resumed {event['resets']} times"
                yield Finding("reset", detail, event["at"])
    for follower in followers.values():
        yield from follower.end()


def _wanted(follows: Event, journal: Sequence[Entry]) -> Sequence[Entry]:
    asked = follows["query"].items()
    return [
        entry
        for entry in journal
        if entry.position > follows["after"]
        and all(_matches(entry, word, value) for word, value in asked)
    ]


def _matches(entry: Entry, word: str, value: str) -> bool:
    """Return whether a parameter of a stream's query lets the entry pass."""
    if word == "type":
        return entry.type in value.split(",")
    column = "subject" if word == "subject" else TYPES[entry.type].words.get(word)
    return column is not None and bool(getattr(entry, column) == value)
