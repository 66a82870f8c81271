"""The stream of one subscriber through the journal."""

import asyncio
import math
import re
from collections.abc import Callable, Sequence
from typing import Self

from chassis.application.budget import Share
from chassis.application.ports.journal import Filter
from chassis.application.streaming.encoded_entry import EncodedEntry
from chassis.application.streaming.messages import CLOSED, RESET, End, StreamItem
from chassis.application.streaming.stream_hub import StreamHub
from chassis.application.streaming.subscriber_registry import Waiter

# Items at a time: a stream holds few items, however far behind it is.
PAGE_SIZE = 256

_POSITION = re.compile(r"[0-9]{1,19}")


class FollowerStream(Waiter):
    """The `Stream` of a subscriber: from its cursor to the tail, and then along with it.

    It reads the journal until it reaches the entries in memory, and continues from there; a stream
    that falls behind again is too slow. A new epoch resets it at any position. It ends at
    `deadline`, a time of the loop's. `tell` gets each entry that it is the first to take, and
    `on_close` the reason for its end.
    """

    __slots__ = (
        "_cursor_asked",
        "_end",
        "_epoch",
        "_has_begun",
        "_has_caught_up",
        "_held",
        "_hub",
        "_matching",
        "_on_close",
        "_since",
        "_tell",
    )

    def __init__(
        self,
        hub: StreamHub,
        matching: Filter,
        cursor: str | None,
        tell: Callable[[EncodedEntry], None],
        on_close: Callable[[str], None],
        deadline: float = math.inf,
    ) -> None:
        super().__init__(matching, deadline)
        self._hub = hub
        self._matching = matching
        self._cursor_asked = cursor
        self._tell = tell
        self._on_close: Callable[[str], None] | None = on_close
        self._since = 0
        self._epoch = ""
        self._has_begun = False
        self._has_caught_up = False
        # The share of the last batch from the journal, until the next call or the end.
        self._held: Share | None = None
        self._end: End | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[StreamItem]:
        """Wait for the next items; the first one says where the stream starts."""
        self._let_go()
        if self._end is not None or self._on_close is None:
            raise StopAsyncIteration
        if not self._has_begun:
            await self._hub.opened()
            self._has_begun = True
            return await self._begin()
        return await self._go_on()

    def close(self, reason: str = "left") -> None:
        """End it; a second call changes nothing."""
        self._let_go()
        if self._on_close is not None:
            self._on_close(self._end or reason)
            self._on_close = None

    async def _begin(self) -> Sequence[StreamItem]:
        hub, recent, cursor = self._hub, self._hub.recent, self._cursor_asked
        self._epoch, self._since = hub.reader.epoch, recent.head
        self.position = recent.head
        if cursor is None:
            return [self._heartbeat()]
        epoch, _, digits = cursor.partition(".")
        if epoch != self._epoch or not _POSITION.fullmatch(digits):
            return self._reset()
        position = int(digits)
        if position > recent.head and not await hub.reader.reaches(position):
            return self._reset()
        self.position = position
        here = self._heartbeat()
        if position >= recent.floor:
            return [here]
        items = await self._catch_up()
        return items if items and items[0].event == RESET else [here, *items]

    async def _go_on(self) -> Sequence[StreamItem]:
        hub, recent = self._hub, self._hub.recent
        loop = asyncio.get_running_loop()
        while not hub.is_closing:
            if hub.reader.epoch != self._epoch or self.position < hub.missed:
                return self._reset()
            if loop.time() >= self.deadline:
                return self._ended("expired")
            if self.position < recent.floor:
                if self._has_caught_up:
                    return self._ended("too slow")
                return await self._catch_up() or [self._heartbeat()]
            self._has_caught_up = True
            if self.position < recent.head:
                entries, self.position = recent.after(self.position, self._matching, PAGE_SIZE)
                if entries:
                    return [self._told(entry) for entry in entries]
            is_due = not await hub.subscribers.wait(self) and loop.time() < self.deadline
            if is_due and hub.reader.epoch == self._epoch:
                return [self._heartbeat()]
        return self._ended("draining")

    async def _catch_up(self) -> Sequence[StreamItem]:
        hub = self._hub
        head = hub.recent.head
        found, self._held = await hub.reader.catch_up(self.position, self._matching)
        if found.has_gap or hub.reader.epoch != self._epoch:
            return self._reset()
        if found.last:
            self.position = found.last
        # A full batch may have more after it. A smaller one reached the head, or the end of the
        # scan. Entries beyond the head must not come a second time.
        if not found.has_more:
            end = head if found.until is None else min(head, found.until)
            self.position = max(self.position, end)
        return [entry.item for entry in found.entries]

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None

    def _told(self, entry: EncodedEntry) -> StreamItem:
        # Entries from before the stream do not show how long a delivery takes.
        if not entry.is_told and entry.position > self._since:
            entry.is_told = True
            self._tell(entry)
        return entry.item

    def _reset(self) -> Sequence[StreamItem]:
        """Restart at the current head, and report that entries may be missing."""
        self._epoch, self.position = self._hub.reader.epoch, self._hub.recent.head
        return [StreamItem(event=RESET, cursor=self._cursor)]

    def _heartbeat(self) -> StreamItem:
        return self._hub.heartbeat(self._cursor)

    def _ended(self, end: End) -> Sequence[StreamItem]:
        self._end = end
        return [StreamItem(event=CLOSED, cursor=self._cursor, reason=end)]

    @property
    def _cursor(self) -> str:
        return f"{self._epoch}.{self.position}"
