"""The queue of messages that were published to the exchange while no queue was bound for them."""

from collections import Counter
from collections.abc import AsyncGenerator
from itertools import compress

from aio_pika.abc import AbstractIncomingMessage

from chassis.application.bindings import binding_for
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.application.ports.unrouted import Rerouted
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.copies import copied, incoming
from chassis.infrastructure.rabbitmq.dead_letter_queue import (
    UNKNOWN,
    RabbitDeadLetterQueue,
    identify,
)
from chassis.infrastructure.rabbitmq.declaring import Depth, look
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.taking import Taking
from chassis.infrastructure.rabbitmq.topology import Topology

# Batches of one round with messages that the broker does not take. Each keeps a channel open.
REFUSED_BATCHES = 16


class RabbitUnrouted(RabbitDeadLetterQueue):
    """Replays to the exchange; a message that still no queue takes returns to this queue's end.

    AMQP cannot list bindings, so the way to see whether one takes a message is to publish it again.
    A round tries the first batch. It tries the rest only if some has reached a queue, or if this
    process has bound its own queue since the last round. While another process makes a round, this
    one makes none, so that messages keep their order. `routing` is a connection for this alone.
    """

    def __init__(
        self,
        publishing: RabbitConnection,
        asking: RabbitConnection,
        routing: RabbitConnection,
        topology: Topology,
    ) -> None:
        def again(taken: AbstractIncomingMessage) -> Outgoing:
            return Outgoing(topology.exchange, taken.routing_key or "", copied(taken))

        sender = Sender(publishing, topology.publishing())
        super().__init__(asking, sender, topology.unrouted, _describe, again)
        self._routing = routing
        self._is_newly_bound = False

    def bound(self) -> None:
        """Record that a queue has been bound: the next round tries everything."""
        self._is_newly_bound = True

    async def route(self, limit: int) -> AsyncGenerator[Rerouted]:
        """Publish the present messages again, each once, oldest first, in batches.

        A message that the broker refuses stays unacked until the end, so it blocks none behind it.
        Raises `Unavailable`.
        """
        here = await look(self._connection, self._queue)
        if not here.messages or here.consumers:
            return
        left = here.messages
        tries_all, self._is_newly_bound = self._is_newly_bound, False
        is_over = False
        takings: list[Taking] = []
        try:
            while left > 0 and len(takings) < REFUSED_BATCHES:
                count = min(limit, left)
                takings.append(await Taking.begin(self._routing, self._queue, count))
                batch, is_all_confirmed = await self._publish_again(takings[-1], count)
                if not batch.tried:
                    break
                left -= batch.tried
                tries_all |= batch.routed > 0
                yield batch
                if not tries_all:
                    break
                if is_all_confirmed:
                    await takings.pop().close()
            is_over = True
        finally:
            # An interrupted round has no result for the later messages.
            self._is_newly_bound |= tries_all and not is_over
            for taking in takings:
                await taking.close()

    async def _publish_again(self, taking: Taking, count: int) -> tuple[Rerouted, bool]:
        """Publish so many, and ack the kept ones; return whether that is all of them."""
        confirmed: list[int] = []
        tried = 0
        wanted: Counter[str] = Counter()
        before = Depth(0, 0)
        while tried < count and (came := await taking.next()):
            if not tried:
                # All are unacked by now, and do not count: the queue grows by the returned
                # messages.
                before = await look(self._connection, self._queue)
            messages = [incoming(each) for each in came]
            are_confirmed = await self._sender.send([self._route(each) for each in messages])
            confirmed += [each.delivery_tag or 0 for each in compress(messages, are_confirmed)]
            wanted.update(binding_for(each.routing_key or "") for each in messages)
            tried += len(messages)
        if not tried:
            return Rerouted(0, 0, {}), True
        after = await look(self._connection, self._queue)
        # First, or the broker would deliver the next ones, and the next batch miss them.
        await taking.end()
        await taking.ack(confirmed, is_all=len(confirmed) == tried)
        # Another consumer of the queue makes it shrink, so its depth proves nothing.
        is_known = max(before.consumers, after.consumers) <= 1
        # An unrouted message that is published meanwhile is counted as a returned one.
        back = max(0, after.messages - before.messages)
        routed = max(0, len(confirmed) - back) if is_known else 0
        unwanted = wanted if is_known and not routed else {}
        return Rerouted(tried, routed, unwanted), len(confirmed) == tried


def _describe(message: AbstractIncomingMessage) -> DeadLetterMessage:
    """Return its description; its time is the one of its publishing, if the publisher set it."""
    return DeadLetterMessage(
        id=identify(message),
        body=message.body,
        reason=f"unrouted: no queue was bound for {message.routing_key}",
        dead_lettered_at=message.timestamp or UNKNOWN,
        routing_key=message.routing_key or "",
    )
