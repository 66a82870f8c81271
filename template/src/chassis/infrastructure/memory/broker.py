"""A broker inside the process, for a producer and a consumer that share it.

Every message in it is in the outbox, too. A publish is confirmed only once its delivery is acked or
dead-lettered, so the work of a crashed process is published again. A message that is retried later
is not confirmed until its last attempt; its outbox row waits as long. Its attempts are counted in
memory, from zero after a restart. A message without a matching binding is confirmed once it is
stored.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

from chassis.application.errors import Unavailable
from chassis.application.ports.dead_letters import REPLAY, DeadLetters
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import RECEIVED_BYTES, Delivery, Moved, Rejection
from chassis.application.ports.unrouted import StoredUnrouted
from chassis.application.topology import TopologyRow
from chassis.application.unrouted_advice import unrouted_advice
from chassis.infrastructure.memory.queue import MemoryQueue
from chassis.infrastructure.memory.routes import Routes
from chassis.infrastructure.memory.rpc import MemoryRpc
from chassis.infrastructure.memory.unrouted import MemoryUnrouted


class MemoryBroker:
    """One queue, its publisher and its subscription; all rejected messages are stored.

    The queue takes messages that match its `bindings`, or reach it by the rows of `table`. At most
    `unrouted_limit` other messages are stored. A worker has at most `rpc_prefetch` requests of each
    remote job.
    """

    def __init__(
        self,
        dead_letters: DeadLetters,
        unrouted: StoredUnrouted,
        bindings: Iterable[str],
        unrouted_limit: int,
        table: Sequence[TopologyRow] = (),
        rpc_prefetch: int = 64,
    ) -> None:
        queue, taken = MemoryQueue(), Routes([REPLAY, *bindings], table)
        self.dead_letters = dead_letters
        self.unrouted = MemoryUnrouted(unrouted, taken, unrouted_limit)
        self.publisher = MemoryPublisher(queue, taken, self.unrouted)
        self.subscription = MemorySubscription(queue, dead_letters)
        self.rpc_client = MemoryRpc(rpc_prefetch)
        self.rpc_server = self.rpc_client.server()

    async def check(self) -> None:
        """Return: it lives as long as the process."""

    async def advice(self) -> str | None:
        """Return the unrouted messages; None also if the database, which keeps them, is down."""
        with suppress(Unavailable):
            return await unrouted_advice(self.unrouted, "the table dead_letters")
        return None

    async def close(self) -> None:
        """Return: there is nothing to close."""


class MemoryPublisher:
    """Publishes matching messages to a `MemoryQueue`, and stores the unrouted ones."""

    def __init__(self, queue: MemoryQueue, routes: Routes, unrouted: MemoryUnrouted) -> None:
        self._queue = queue
        self._routes = routes
        self._unrouted = unrouted

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all, wait for the consumer, and return the ids of those that it has settled.

        Stored unrouted messages are among them. Raises `Unavailable`.
        """
        routes = self._routes
        taken = [each for each in envelopes if routes.take(each.routing_key, each.body)]
        if len(taken) == len(envelopes):
            return await self._queued(taken)
        left = [each for each in envelopes if not routes.take(each.routing_key, each.body)]
        return await self._unrouted.keep(left) | await self._queued(taken)

    async def _queued(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        sent = [self._queue.put(envelope.id, envelope.body) for envelope in envelopes]
        try:
            settled = await asyncio.gather(*(settled for _, settled in sent))
        finally:
            self._queue.withdraw([tag for tag, _ in sent])
        return {each.id for each, is_settled in zip(envelopes, settled, strict=True) if is_settled}


class MemorySubscription:
    """Consumes from a `MemoryQueue`; some messages go to the dead letters."""

    def __init__(self, queue: MemoryQueue, dead_letters: DeadLetters) -> None:
        self._queue = queue
        self._dead_letters = dead_letters

    async def declare(self) -> None:
        """Return: the queue exists and is bound."""

    async def start(self) -> None:
        """Return: there is nothing to begin."""

    async def receive(self, limit: int, size: int = RECEIVED_BYTES) -> list[Delivery]:
        """Wait for a delivery, and return it with the other ready ones, within these bounds."""
        return await self._queue.pull(limit, size)

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Confirm the publishes of these deliveries."""
        self._queue.settle(deliveries)

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Queue these again."""
        self._queue.push(deliveries)

    async def reject(self, rejections: Sequence[Rejection]) -> Moved:
        """Keep each for its delay or as a dead letter; raises `Unavailable`."""
        confirmed = []
        for rejection in rejections:
            if not self._queue.holds(rejection.delivery):
                continue
            if rejection.delay is not None:
                self._queue.later(rejection, rejection.delay)
            else:
                await self._dead_letters.add(
                    rejection.delivery.body, rejection.reason, rejection.failures
                )
                self._queue.settle([rejection.delivery])
            confirmed.append(rejection)
        return Moved(confirmed)
