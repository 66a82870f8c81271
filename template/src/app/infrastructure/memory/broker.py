"""A broker inside the process, for a producer and a consumer that share it.

It holds nothing that is not in the outbox too: a publish is confirmed only once its delivery is
acked or parked, so whatever a crash interrupts is published again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from app.application.ports.dead_letters import DeadLetters
from app.application.ports.outbox import Envelope
from app.application.ports.parking_lot import Parked
from app.application.ports.subscription import Delivery
from app.infrastructure.memory.queue import MemoryQueue


class MemoryBroker:
    """One queue, its publisher and its subscription; what is parked lies elsewhere."""

    def __init__(self, dead_letters: DeadLetters) -> None:
        queue = MemoryQueue()
        self.publisher = MemoryPublisher(queue)
        self.subscription = MemorySubscription(queue, dead_letters)
        self.dead_letters = dead_letters
        self.unrouted = NothingUnrouted()

    async def check(self) -> None:
        """Return: it lives as long as the process."""

    async def advice(self) -> str | None:
        """Return None: there is nothing to mend."""
        return None

    async def close(self) -> None:
        """Return: there is nothing to close."""


class MemoryPublisher:
    """Publishes to a `MemoryQueue`."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all, wait until the consumer has settled each, and return their ids."""
        sent = [self._queue.put(envelope.body) for envelope in envelopes]
        try:
            await asyncio.gather(*(settled for _, settled in sent))
        finally:
            self._queue.withdraw([tag for tag, _ in sent])
        return {envelope.id for envelope in envelopes}


class MemorySubscription:
    """Consumes from a `MemoryQueue`; parked messages go to the dead letters."""

    def __init__(self, queue: MemoryQueue, dead_letters: DeadLetters) -> None:
        self._queue = queue
        self._dead_letters = dead_letters

    async def receive(self, limit: int) -> list[Delivery]:
        """Wait for a delivery, and return it with what else is there, at most `limit`."""
        return await self._queue.pull(limit)

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Confirm the publishes of these deliveries."""
        self._queue.settle(deliveries)

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Queue these again."""
        self._queue.push(deliveries)

    async def park(self, delivery: Delivery, reason: str) -> None:
        """Keep the message among the dead letters, then confirm its publish."""
        await self._dead_letters.park(delivery.body, reason)
        self._queue.settle([delivery])


class NothingUnrouted:
    """The `ParkingLot` of a broker whose only queue takes everything: always empty."""

    async def walk(self) -> AsyncGenerator[Parked]:
        """Yield nothing."""
        nothing: tuple[Parked, ...] = ()
        for parked in nothing:
            yield parked

    async def count(self) -> int:
        """Return 0."""
        return 0
