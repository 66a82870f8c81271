"""A broker inside the process, for a producer and a consumer that share it.

Every message in it is in the outbox, too. A publish is confirmed only once its delivery is acked or
dead-lettered, so the work of a crashed process is published again. A message that is retried later
is not confirmed until its last attempt; its outbox row waits as long. Its attempts are counted in
memory, from zero after a restart. A message without a matching binding is confirmed once it is
stored. A durable job that takes longer than a moment is not confirmed at once either.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

from msgspec import Struct

from chassis.application.errors import Unavailable
from chassis.application.ports.dead_letters import REPLAY, REPLAY_JOB, DeadLetters
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import RECEIVED_BYTES, Delivery, Moved, Rejection
from chassis.application.ports.unrouted import StoredUnrouted
from chassis.application.topology import TopologyRow
from chassis.application.unrouted_advice import unrouted_advice
from chassis.infrastructure.memory.queue import MemoryQueue
from chassis.infrastructure.memory.routes import Routes
from chassis.infrastructure.memory.rpc import MemoryRpc
from chassis.infrastructure.memory.unrouted import MemoryUnrouted

# Seconds that the relay waits for a job, which may take long: events wait behind it meanwhile.
JOB_PATIENCE = 0.2


class Inbox(Struct, frozen=True):
    """A queue, and the ways to it."""

    queue: MemoryQueue
    routes: Routes


class MemoryBroker:
    """A queue of events and one of durable jobs; all rejected messages are stored.

    The queue takes messages that match its `bindings`, or reach it by the rows of `table`. The one
    of the durable jobs takes those that match `jobs`. At most `unrouted_limit` other messages are
    stored. A worker has at most `rpc_prefetch` requests of each remote job.
    """

    def __init__(
        self,
        dead_letters: DeadLetters,
        unrouted: StoredUnrouted,
        bindings: Iterable[str],
        unrouted_limit: int,
        table: Sequence[TopologyRow] = (),
        rpc_prefetch: int = 64,
        jobs: Sequence[str] = (),
    ) -> None:
        own = Inbox(MemoryQueue(), Routes([REPLAY, *bindings], table))
        of_jobs = Inbox(MemoryQueue(JOB_PATIENCE), Routes([REPLAY_JOB, *jobs]))
        # First: the bindings of the events may match jobs, too.
        inboxes = [of_jobs, own] if jobs else [own]
        self.dead_letters = dead_letters
        taken = [inbox.routes for inbox in inboxes]
        self.unrouted = MemoryUnrouted(unrouted, taken, unrouted_limit)
        self.publisher = MemoryPublisher(inboxes, self.unrouted)
        self.subscription = MemorySubscription(own.queue, dead_letters)
        self.jobs = MemorySubscription(of_jobs.queue, dead_letters)
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
    """Publishes each message to the first inbox that takes it, and stores the unrouted ones."""

    def __init__(self, inboxes: Sequence[Inbox], unrouted: MemoryUnrouted) -> None:
        self._inboxes = inboxes
        self._unrouted = unrouted

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all, wait for the consumer, and return the ids of those that it has settled.

        Stored unrouted messages are among them. Raises `Unavailable`.
        """
        left = envelopes
        taken: list[tuple[MemoryQueue, Envelope]] = []
        for inbox in self._inboxes:
            take = inbox.routes.take
            ours = [each for each in left if take(each.routing_key, each.body)]
            taken += [(inbox.queue, each) for each in ours]
            if len(ours) == len(left):
                return await _settled(taken)
            left = [each for each in left if not take(each.routing_key, each.body)]
        return await self._unrouted.keep(left) | await _settled(taken)


async def _settled(taken: Sequence[tuple[MemoryQueue, Envelope]]) -> set[UUID]:
    """Queue each envelope, wait for the consumers, and return the ids that are settled."""
    sent = [(queue, each.id, *queue.put(each.id, each.body)) for queue, each in taken]
    try:
        settled = await asyncio.gather(*(answer for *_, answer in sent))
    finally:
        for queue in {id(queue): queue for queue, *_ in sent}.values():
            queue.withdraw([tag for its, _, tag, _ in sent if its is queue])
    return {each for (_, each, *_), done in zip(sent, settled, strict=True) if done}


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
