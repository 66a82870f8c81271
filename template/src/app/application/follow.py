"""The follower: reads the journal as it grows and feeds the subscribers of this process."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Literal

from app.application.actors.actor import Actor
from app.application.errors import Busy
from app.application.notification.mapping import to_message
from app.application.notification.messages import StreamItem, Subscribe
from app.application.notification.work import NotificationWork
from app.application.ports.journal import Bounds, Entry
from app.application.ports.metrics import Gauge, Metrics
from app.application.ports.wake import Wake
from app.application.tail import Tail, TailEntry
from app.domain.notification.notification import Notification

BATCH = 500
POLL = 1.0
RETRY_AFTER = 5

STREAMS = Gauge("streams_open", "Subscribers of this process.")

_POSITION = re.compile(r"[0-9]{1,19}")


class _Bell(asyncio.Event):
    """What a subscriber waits on; `position` is how far it has heard of nothing for it."""

    def __init__(self, subscribe: Subscribe, position: int) -> None:
        super().__init__()
        self.position = position
        self._subscribe = subscribe

    def hear(self, entries: Sequence[TailEntry]) -> None:
        """Ring for a match, else move on."""
        if not self.is_set():
            if any(entry.matches(self._subscribe) for entry in entries):
                self.set()
            else:
                self.position = max(self.position, entries[-1].position)


class Follower(Actor):
    """One reader of the journal for any number of subscribers.

    It keeps the last entries in memory. A subscriber reads the journal itself until it has
    caught up with them, then takes from there; one that falls behind again is too slow.
    """

    def __init__(
        self, work: NotificationWork, wake: Wake, metrics: Metrics, heartbeat: float, limit: int
    ) -> None:
        super().__init__("follower", metrics)
        self._work = work
        self._wake = wake
        self._heartbeat = heartbeat
        self._limit = limit
        self._open = 0
        self._epoch = ""
        self._tail = Tail()
        self._started = asyncio.Event()
        self._closing = False
        self._waiting: set[_Bell] = set()

    async def rest(self) -> None:
        """Wait for an ingest, at most a second: a ring may be lost."""
        await self._wake.wait(POLL)

    async def step(self) -> bool:
        """Take over the next entries; return whether there may be more."""
        if not self._epoch:
            bounds = await self._bounds()
            self._epoch = bounds.epoch
            self._tail.start(bounds.head)
            self._started.set()
        entries = await self._read(self._tail.head)
        if not entries:
            return False
        self._tail.extend(entries)
        for bell in self._waiting:
            bell.hear(entries)
        return len(entries) == BATCH

    def close(self) -> None:
        """End every stream, telling the subscribers to come back."""
        self._closing = True
        self._started.set()
        for bell in self._waiting:
            bell.set()

    def open(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Return a new stream; raises `Busy` where too many are open, or the service is draining.

        The first item is a heartbeat (or a reset), so that a subscriber learns at once where it is.
        Whoever takes the stream closes it (`contextlib.aclosing`).
        """
        if self._closing:
            raise Busy("the service is draining", RETRY_AFTER)
        if self._open >= self._limit:
            raise Busy(f"{self._limit} streams are open", RETRY_AFTER)
        return self._stream(subscribe)

    async def _stream(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        self._count(+1)
        try:
            await self._started.wait()
            if not self._epoch:
                raise Busy("the service is draining", RETRY_AFTER)
            position, resumed = await self._place(subscribe.cursor)
            yield self._item("heartbeat" if resumed else "reset", position)
            caught_up = False
            while not self._closing:
                if position >= self._tail.head:
                    position = await self._next(subscribe, position)
                    if position >= self._tail.head and not self._closing:
                        yield self._item("heartbeat", position)
                    continue
                recent = position >= self._tail.floor
                if caught_up and not recent:
                    yield self._item("closed", position, reason="too slow")
                    return
                caught_up = recent
                head = self._tail.head
                entries = (
                    self._tail.after(position) if recent else await self._read(position, subscribe)
                )
                for entry in entries:
                    if entry.matches(subscribe):
                        yield entry.item
                last = entries[-1].position if entries else position
                # A full batch may have more behind it; anything less was all up to the head, and
                # what the journal had beyond the head must not come a second time.
                more = not recent and len(entries) == BATCH
                position = last if more else max(last, head)
            yield self._item("closed", position, reason="draining")
        finally:
            self._count(-1)

    async def _next(self, subscribe: Subscribe, position: int) -> int:
        """Wait for a match or a heartbeat; return the position up to which nothing matched."""
        bell = _Bell(subscribe, position)
        self._waiting.add(bell)
        try:
            async with asyncio.timeout(self._heartbeat):
                await bell.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(bell)
        return bell.position

    async def _place(self, cursor: str | None) -> tuple[int, bool]:
        """Return where a stream starts, and whether that is what its cursor asked for."""
        if cursor is None:
            return self._tail.head, True
        epoch, _, position = cursor.partition(".")
        if epoch == self._epoch and _POSITION.fullmatch(position):
            bounds = await self._bounds()
            if bounds.pruned <= int(position) <= bounds.head:
                return int(position), True
        return self._tail.head, False

    async def _read(self, position: int, subscribe: Subscribe | None = None) -> list[TailEntry]:
        async with self._work.read() as work:
            entries = await work.journal.after(
                position,
                limit=BATCH,
                receiver=subscribe.receiver if subscribe else None,
                action_type=subscribe.action_type if subscribe else None,
            )
        return [self._ready(entry) for entry in entries]

    def _ready(self, entry: Entry) -> TailEntry:
        item = self._item("notification", entry.position, entry.notification)
        return TailEntry(entry.position, item)

    async def _bounds(self) -> Bounds:
        async with self._work.read() as work:
            return await work.journal.bounds()

    def _item(
        self,
        event: Literal["notification", "heartbeat", "reset", "closed"],
        position: int,
        notification: Notification | None = None,
        *,
        reason: Literal["draining", "too slow"] | None = None,
    ) -> StreamItem:
        data = to_message(notification) if notification else None
        return StreamItem(event=event, cursor=f"{self._epoch}.{position}", data=data, reason=reason)

    def _count(self, change: int) -> None:
        self._open += change
        self._metrics.gauge(STREAMS, self._open)
