"""The tail of the journal: its last entries in memory, found by position and by subject."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter

from chassis.application.ports.journal import Filter
from chassis.application.streaming.encoded_entry import EncodedEntry

SIZE = 10_000
WEIGHT = 64 * 2**20
# Bytes that a stream takes at a time: a client that reads nothing keeps them in memory.
PAGE_WEIGHT = 2 * 2**20

_position = attrgetter("position")


class RecentEntries:
    """All entries after `floor`, up to `head`: the last `SIZE` entries at most.

    They weigh `WEIGHT` bytes at most, but the newest ones are kept at any weight.
    """

    def __init__(self) -> None:
        self.start(0)

    def __len__(self) -> int:
        return len(self._entries)

    def start(self, position: int) -> None:
        """Restart, after `position`."""
        self.floor = self.head = position
        self.weight = 0
        self._taken = 0
        self._entries: list[EncodedEntry] = []
        self._by_subject: dict[str, list[EncodedEntry]] = {}

    def extend(self, entries: Sequence[EncodedEntry], head: int) -> None:
        """Add the streamed ones of the next entries, up to `head`, and drop the oldest."""
        self.head = head
        self._entries += entries
        for entry in entries:
            self._by_subject.setdefault(entry.subject, []).append(entry)
            self.weight += entry.weight
            self._taken += entry.weight
            entry.taken = self._taken
        self._let_go(at_most=len(self._entries) - len(entries))

    def after(
        self, position: int, matching: Filter, limit: int
    ) -> tuple[Sequence[EncodedEntry], int]:
        """Return the next matches, `limit` at most, and the position up to which they are complete.

        They weigh `PAGE_WEIGHT` at most, unless the first one is heavier. `position` must not be
        before the floor. The cost depends on the matches: only a filter by type or tag alone scans
        the entries.
        """
        entries = self._entries
        if matching.subject is not None:
            entries = self._by_subject.get(matching.subject, [])
        first = bisect_right(entries, position, key=_position)
        if matching.types is None and matching.tag is None:
            found = entries[first : first + limit]
        else:
            found = []
            for index in range(first, len(entries)):
                if matching.matches(entries[index]):
                    found.append(entries[index])
                    if len(found) == limit:
                        break
        count = _light(found)
        is_all = count == len(found) < limit
        found = found[:count]
        return found, max(position, self.head) if is_all else found[-1].position

    def _let_go(self, at_most: int) -> None:
        count = 0
        while count < at_most and (len(self._entries) - count > SIZE or self.weight > WEIGHT):
            self.weight -= self._entries[count].weight
            count += 1
        if count:
            gone = self._entries[:count]
            self.floor = gone[-1].position
            del self._entries[:count]
            self._forget(entry.subject for entry in gone)

    def _forget(self, subjects: Iterable[str]) -> None:
        # The oldest of all are the oldest of their subjects, too.
        for subject, count in Counter(subjects).items():
            entries = self._by_subject[subject]
            if count == len(entries):
                del self._by_subject[subject]
            else:
                del entries[:count]


def _light(entries: Sequence[EncodedEntry]) -> int:
    """Return how many of the first entries are light enough, at least one."""
    # Usually the whole range is light, and there is nothing to add up.
    if not entries or entries[-1].taken - entries[0].taken + entries[0].weight <= PAGE_WEIGHT:
        return len(entries)
    room = PAGE_WEIGHT
    for count, entry in enumerate(entries):
        room -= entry.weight
        if room < 0 and count:
            return count
    return len(entries)
