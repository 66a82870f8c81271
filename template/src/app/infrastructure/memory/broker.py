"""A broker inside the process, for a producer and a consumer that share it.

It holds nothing that is not in the outbox too: a publish is confirmed only once its delivery is
acked or parked, so whatever a crash interrupts is published again. One that is to be tried later
is not confirmed until that has come to an end; its outbox row waits as long. Its attempts are
counted in memory, and anew after a restart.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from app.application.ports.dead_letters import DeadLetters
from app.application.ports.outbox import Envelope
from app.application.ports.parking_lot import Parked
from app.application.ports.subscription import RECEIVED_BYTES, Aside, Delivery, Moved
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
        """Publish all, wait for the consumer, and return the ids of those that it has settled."""
        sent = [self._queue.put(envelope.id, envelope.body) for envelope in envelopes]
        try:
            settled = await asyncio.gather(*(settled for _, settled in sent))
        finally:
            self._queue.withdraw([tag for tag, _ in sent])
        return {each.id for each, is_settled in zip(envelopes, settled, strict=True) if is_settled}


class MemorySubscription:
    """Consumes from a `MemoryQueue`; parked messages go to the dead letters."""

    def __init__(self, queue: MemoryQueue, dead_letters: DeadLetters) -> None:
        self._queue = queue
        self._dead_letters = dead_letters

    async def start(self) -> None:
        """Return: there is nothing to begin."""

    async def receive(self, limit: int, size: int = RECEIVED_BYTES) -> list[Delivery]:
        """Wait for a delivery, and return it with what else is there, within these bounds."""
        return await self._queue.pull(limit, size)

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Confirm the publishes of these deliveries."""
        self._queue.settle(deliveries)

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Queue these again."""
        self._queue.push(deliveries)

    async def set_aside(self, asides: Sequence[Aside]) -> Moved:
        """Keep each for its delay or among the dead letters; raises `Unavailable`."""
        kept = []
        for aside in asides:
            if not self._queue.holds(aside.delivery):
                continue
            if aside.delay is not None:
                self._queue.later(aside, aside.delay)
            else:
                await self._dead_letters.park(aside.delivery.body, aside.reason, aside.failures)
                self._queue.settle([aside.delivery])
            kept.append(aside)
        return Moved(kept)


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
