"""The waiting subscribers, by their filters: an entry touches only those that it matches."""

import asyncio
import math
import random
from collections.abc import Iterable, Iterator

from chassis.application.ports.journal import Filter
from chassis.application.streaming.encoded_entry import EncodedEntry
from chassis.application.streaming.recent_entries import RecentEntries

# One timer serves all subscribers, so many times in the time between two heartbeats.
TICKS = 16

# Type, subject and tag.
type Key = tuple[str | None, str | None, str | None]


class Waiter:
    """A subscriber; while it waits, its position is the tail's head, since no entry matched.

    `position` is its progress while it does not wait; it waits until `deadline` at most, a time of
    the loop's.
    """

    __slots__ = ("deadline", "due", "future", "keys", "position")

    def __init__(self, matching: Filter, deadline: float = math.inf) -> None:
        types = (None,) if matching.types is None else tuple(matching.types)
        self.keys: tuple[Key, ...] = tuple((each, matching.subject, matching.tag) for each in types)
        self.position = 0
        self.deadline = deadline
        self.due = 0.0
        self.future: asyncio.Future[bool] | None = None

    def wake(self, position: int, *, for_match: bool) -> None:
        """End the wait, at `position`; a second call before the wait returns changes nothing.

        A subscriber waits once for each of its types, so it may be woken several times. It must not
        skip the entry of the first call.
        """
        if self.future is not None:
            if self.future.done():
                return
            self.future.set_result(for_match)
        self.position = max(self.position, position)


class SubscriberRegistry:
    """All waiting subscribers, each until an entry matches or its heartbeat is due."""

    def __init__(self, recent: RecentEntries, heartbeat: float) -> None:
        self._recent = recent
        self._heartbeat = heartbeat
        self._rooms: dict[Key, set[Waiter]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, waiter: Waiter) -> bool:
        """Return whether an entry has matched; if not, the heartbeat is due, or the stream's end.

        That is `heartbeat` seconds later at the latest. The times are spread, so that subscribers
        of the same entry are not all due at once.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + self._heartbeat * (1 - 1 / TICKS - random.random() / 4)
        waiter.due = min(due, waiter.deadline)
        waiter.future = loop.create_future()
        for key in waiter.keys:
            self._rooms.setdefault(key, set()).add(waiter)
        if self._timer is None:
            self._timer = loop.call_later(self._heartbeat / TICKS, self._tick)
        try:
            return await waiter.future
        finally:
            waiter.future = None
            self._leave(waiter)

    def notify(self, entries: Iterable[EncodedEntry], position: int) -> None:
        """Wake the subscribers that match one of `entries`, the entries after `position`."""
        for entry in entries:
            for key in _keys(entry):
                if key in self._rooms:
                    for waiter in self._rooms.pop(key):
                        waiter.wake(position, for_match=True)

    def count(self, entry: EncodedEntry) -> int:
        """Return how many wait for `entry`, or one like it."""
        return sum(len(self._rooms[key]) for key in set(_keys(entry)) if key in self._rooms)

    def notify_all(self, position: int) -> None:
        """Wake all subscribers, at `position`."""
        for waiter in self._all():
            waiter.wake(position, for_match=True)
        self._rooms.clear()

    def _tick(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for waiter in [waiter for waiter in self._all() if waiter.due <= now]:
            self._leave(waiter)
            waiter.wake(self._recent.head, for_match=False)
        if self._rooms:
            self._timer = loop.call_later(self._heartbeat / TICKS, self._tick)

    def _leave(self, waiter: Waiter) -> None:
        for key in waiter.keys:
            room = self._rooms.get(key)
            if room is not None:
                room.discard(waiter)
                if not room:
                    del self._rooms[key]

    def _all(self) -> Iterator[Waiter]:
        return (waiter for room in self._rooms.values() for waiter in room)


def _keys(entry: EncodedEntry) -> tuple[Key, ...]:
    kind, subject, tag = entry.type, entry.subject, entry.tag
    return (
        (None, subject, tag),
        (None, subject, None),
        (None, None, tag),
        (None, None, None),
        (kind, subject, tag),
        (kind, subject, None),
        (kind, None, tag),
        (kind, None, None),
    )
