"""A subscriber to events of any types, on any transport, who comes back with the cursor."""

import asyncio
from collections import Counter
from contextlib import aclosing, suppress
from typing import NamedTuple

from tools.drill.streaming.stream import HEARTBEAT, RESET, LostError, Stream

RETRY = 0.2


class Told(NamedTuple):
    """The key of an event: the name in the stream, and the id of its item."""

    event: str
    identity: str


class Subscriber:
    """The items of one stream: the count of each event, over all its connections."""

    def __init__(self, stream: Stream) -> None:
        self.seen: Counter[Told] = Counter()
        # How often the stream has ended, and how often its cursor could not be resumed.
        self.cuts = 0
        self.resets = 0
        # Events that came after the first cut.
        self.resumed = 0
        self.there = asyncio.Event()
        self._stream = stream
        self._cursor = ""

    async def follow(self) -> None:
        """Follow until cancelled."""
        while True:
            with suppress(LostError):
                await self._once()
            self.cuts += self.there.is_set()
            self.there.clear()
            await asyncio.sleep(RETRY)

    async def _once(self) -> None:
        async with aclosing(self._stream(self._cursor)) as items:
            async for item in items:
                self._cursor = item.cursor
                self.there.set()
                if item.event == RESET:
                    self.resets += 1
                elif item.event != HEARTBEAT:
                    # An event of an order that is there already names it as its `order`.
                    identity = item.data.get("order") or item.data["id"]
                    self.seen[Told(item.event, identity)] += 1
                    self.resumed += bool(self.cuts)
