"""A stream that a test feeds, and that says why it was closed."""

import asyncio
from collections.abc import Sequence
from typing import Self

from chassis.application.bus import Bus
from chassis.application.streaming.messages import StreamItem, Subscribe


class FedStream:
    """Gives what was put, in order; it ends after `closed`."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._items: asyncio.Queue[StreamItem] = asyncio.Queue()
        self._is_over = False

    @property
    def bus(self) -> Bus:
        """The publisher of items for subscribers."""

        async def subscribe(message: Subscribe) -> "FedStream":
            return self

        return Bus({Subscribe: lambda: subscribe})

    def put(self, item: StreamItem) -> None:
        """Have it delivered."""
        self._items.put_nowait(item)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[StreamItem]:
        """Wait for the next one."""
        if self._is_over:
            raise StopAsyncIteration
        item = await self._items.get()
        self._is_over = item.event == "closed"
        return [item]

    def close(self, reason: str = "left") -> None:
        """Keep the first reason."""
        if not self.closed.done():
            self.closed.set_result(reason)
