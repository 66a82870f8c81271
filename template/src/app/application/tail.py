"""The tail of the journal: its last entries in memory, made ready once for all who get them."""

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from app.application.notification.messages import StreamItem, Subscribe

SIZE = 10_000


class TailEntry(Struct, frozen=True):
    """A journal entry as streams deliver it."""

    position: int
    item: StreamItem

    def matches(self, subscribe: Subscribe) -> bool:
        """Return whether the subscriber asked for it."""
        data = self.item.data
        return (
            data is not None
            and subscribe.receiver in (None, data.receiver)
            and subscribe.action_type in (None, data.action_type)
        )


class Tail:
    """Everything that came after `floor`, up to `head`; at least the last `SIZE` entries of it."""

    def __init__(self) -> None:
        self.floor = 0
        self.head = 0
        self._entries: list[TailEntry] = []

    def start(self, position: int) -> None:
        """Begin after `position`."""
        self.floor = self.head = position

    def extend(self, entries: Sequence[TailEntry]) -> None:
        """Take the next entries in, and let go of the oldest."""
        self.head = entries[-1].position
        self._entries += entries
        # Not at each call: cutting a list copies it.
        if len(self._entries) > 2 * SIZE:
            self.floor = self._entries[-SIZE - 1].position
            del self._entries[:-SIZE]

    def after(self, position: int) -> list[TailEntry]:
        """Return the entries after `position`, which must not lie before the floor."""
        first = bisect_right(self._entries, position, key=lambda entry: entry.position)
        return self._entries[first:]
