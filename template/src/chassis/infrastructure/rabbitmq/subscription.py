"""Consuming this service's queue, and rejecting messages that cannot be handled."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from chassis.application.errors import Unavailable
from chassis.application.ports.subscription import RECEIVED_BYTES, Delivery, Moved, Rejection
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.consumer import RabbitConsumer
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.priorities import priorities
from chassis.infrastructure.rabbitmq.rejections import failures_of, rejected_message
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.topology import Topology

# Seconds. A deleted exchange loses its bindings, and no consumer is notified.
DECLARED_FOR = 60.0


class RabbitSubscription:
    """Consumes through one `RabbitConsumer` after the other, as channels come and go."""

    def __init__(
        self,
        connection: RabbitConnection,
        publishing: RabbitConnection,
        asking: RabbitConnection,
        topology: Topology,
        bound: Callable[[], None],
    ) -> None:
        """`bound` is called when the queue has been bound, at first or to a new channel."""
        self._connection = connection
        self._bound = bound
        self._asking = asking
        self._topology = topology
        self._sender = Sender(publishing, [*topology.dead_lettering(), *topology.retrying()])
        self._queues = priorities(topology.queues)
        self._opening = asyncio.Lock()
        self._consumer: RabbitConsumer | None = None
        self._declare_at = 0.0
        # RabbitMQ applies it to each queue.
        self._prefetch = max(1, topology.prefetch // len(topology.queues))

    async def declare(self) -> None:
        """Declare the queue and its bindings, and consume nothing yet; raises `Unavailable`."""
        await self._alive()

    async def start(self) -> None:
        """Begin to consume; raises `Unavailable`."""
        await (await self._alive()).start(self._queues)

    async def receive(self, limit: int, size: int = RECEIVED_BYTES) -> list[Delivery]:
        """Wait for a delivery, and return it with the other ready ones, within these bounds.

        Raises `Unavailable` if the consumer has ended; the next call begins another.
        """
        while True:
            consumer = await self._alive()
            await consumer.start(self._queues)
            try:
                async with asyncio.timeout(DECLARED_FOR):
                    received = await consumer.next(limit, size)
            except TimeoutError:
                continue
            return [
                Delivery(tag, message.body, failures_of(message.header.properties.headers))
                for tag, message in received
            ]

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Ack these; raises `Unavailable` if they are lost already and will be redelivered."""
        if deliveries:
            await self._holder(deliveries).ack([each.tag for each in deliveries])

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Requeue these, and hold no other delivery either until the next `receive`.

        RabbitMQ closes a channel that holds a delivery for 30 minutes (`consumer_timeout`).
        """
        consumer = self._consumer
        if consumer is None:
            return
        with suppress(Unavailable):
            if consumer.is_alive:
                tags = [each.tag for each in deliveries if consumer.find(each.tag) is not None]
                await consumer.pause(tags)
            else:
                await consumer.close()

    async def reject(self, rejections: Sequence[Rejection]) -> Moved:
        """Publish each to its delay queue or to the dead letters, and ack what was confirmed.

        Messages whose channel is lost are skipped. Raises `Unavailable`.
        """
        consumer = self._consumer
        if consumer is None:
            return Moved()
        held = [
            (rejection, message)
            for rejection in rejections
            if (message := consumer.find(rejection.delivery.tag)) is not None
        ]
        confirmed = await self._sender.send(
            [rejected_message(message, rejection, self._topology) for rejection, message in held]
        )
        moved = Moved(
            confirmed=[
                rejection
                for (rejection, _), is_confirmed in zip(held, confirmed, strict=True)
                if is_confirmed
            ],
            left=[
                rejection
                for (rejection, _), is_confirmed in zip(held, confirmed, strict=True)
                if not is_confirmed
            ],
        )
        # Messages of a channel that was lost meanwhile are redelivered; the journal skips
        # duplicates.
        tags = [rejection.delivery.tag for rejection in moved.confirmed]
        await consumer.ack([tag for tag in tags if consumer.find(tag) is not None])
        return moved

    async def _alive(self) -> RabbitConsumer:
        async with self._opening:
            consumer = self._consumer
            is_alive = consumer is not None and consumer.is_alive
            if not is_alive or time.monotonic() > self._declare_at:
                await declare(self._asking, self._topology.rows())
                self._declare_at = time.monotonic() + DECLARED_FOR
                if not is_alive:
                    self._bound()
            if consumer is not None:
                if is_alive:
                    return consumer
                with suppress(Unavailable):
                    await consumer.close()
            base = consumer.last if consumer is not None else 0
            self._consumer = await RabbitConsumer.open(self._connection, self._prefetch, base)
            return self._consumer

    def _holder(self, deliveries: Sequence[Delivery]) -> RabbitConsumer:
        """Return the consumer that holds all these; raises `Unavailable`."""
        consumer = self._consumer
        if consumer is None or not consumer.holds(each.tag for each in deliveries):
            raise Unavailable("RabbitMQ redelivers the messages: their channel is closed")
        return consumer
