"""The queue of the memory broker."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import count

from app.application.ports.subscription import Delivery


class MemoryQueue:
    """Keeps messages from their publish until they are settled; a publisher waits for that."""

    def __init__(self) -> None:
        self._tags = count(1)
        self._queue: deque[Delivery] = deque()
        self._settled: dict[int, asyncio.Future[None]] = {}
        self._arrived = asyncio.Event()

    def put(self, body: bytes) -> tuple[int, asyncio.Future[None]]:
        """Queue a message; the future resolves once it is settled."""
        tag = next(self._tags)
        settled = asyncio.get_running_loop().create_future()
        self._settled[tag] = settled
        self.push([Delivery(tag, body)])
        return tag, settled

    def push(self, deliveries: Sequence[Delivery]) -> None:
        """Queue deliveries; those that nobody waits for any more are dropped."""
        self._queue.extend(delivery for delivery in deliveries if delivery.tag in self._settled)
        self._arrived.set()

    async def pull(self, limit: int) -> list[Delivery]:
        """Wait for a delivery and take up to `limit`; safe to cancel."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        return [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Confirm the publishes of these deliveries."""
        for delivery in deliveries:
            settled = self._settled.pop(delivery.tag, None)
            if settled is not None and not settled.done():
                settled.set_result(None)

    def withdraw(self, tags: Sequence[int]) -> None:
        """Take back messages whose publisher has gone; their outbox rows bring them again."""
        for tag in tags:
            self._settled.pop(tag, None)
        self._queue = deque(delivery for delivery in self._queue if delivery.tag in self._settled)
