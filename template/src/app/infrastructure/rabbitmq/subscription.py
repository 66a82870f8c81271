"""Consuming this service's queue."""

import asyncio
from collections.abc import Sequence

from app.application.errors import Unavailable
from app.application.ports.subscription import Delivery
from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.consumer import Consumer
from app.infrastructure.rabbitmq.dead_letters import RabbitDeadLetters
from app.infrastructure.rabbitmq.topology import Topology, declare


class RabbitSubscription:
    """Consumes through one `Consumer` after the other, as channels come and go.

    The broker counts deliveries anew on each channel. A `Delivery.tag` is that number plus
    `_base`, the highest tag given before, so that a delivery of a lost channel is recognised.
    """

    def __init__(
        self, connection: Connection, topology: Topology, dead_letters: RabbitDeadLetters
    ) -> None:
        self._connection = connection
        self._topology = topology
        self._dead_letters = dead_letters
        self._opening = asyncio.Lock()
        self._consumer: Consumer | None = None
        self._base = 0
        self._last = 0

    async def receive(self, limit: int) -> list[Delivery]:
        """Wait for a delivery, and return it with what else is there, at most `limit`.

        Raises `Unavailable` where the consumer has ended; the next call begins another.
        """
        consumer = await self._alive()
        messages = await consumer.next(limit)
        tags = [self._base + (message.delivery_tag or 0) for message in messages]
        self._last = max(self._last, *tags)
        return [Delivery(tag, each.body) for tag, each in zip(tags, messages, strict=True)]

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Settle these; raises `Unavailable` where they are lost already and come again."""
        if deliveries:
            await self._holder(deliveries).ack([each.tag - self._base for each in deliveries])

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Give these back, and hold nothing until the next `receive`."""
        if self._consumer is not None and self._consumer.is_alive:
            tags = [each.tag - self._base for each in deliveries]
            known = [tag for tag in tags if self._consumer.find(tag) is not None]
            await self._consumer.pause(known)

    async def park(self, delivery: Delivery, reason: str) -> None:
        """Move a delivery to the dead letters, then ack it; raises `Unavailable`."""
        message = self._holder([delivery]).find(delivery.tag - self._base)
        if message is not None:
            await self._dead_letters.keep(message, reason)
            await self.ack([delivery])

    async def _alive(self) -> Consumer:
        async with self._opening:
            if self._consumer is None or not self._consumer.is_alive:
                await declare(self._connection, self._topology.rows())
                queue, prefetch = self._topology.queue, self._topology.prefetch
                self._consumer = await Consumer.open(self._connection, queue, prefetch)
                self._base = self._last
            return self._consumer

    def _holder(self, deliveries: Sequence[Delivery]) -> Consumer:
        """Return the consumer that holds all these; raises `Unavailable`."""
        consumer = self._consumer
        if consumer is None or any(
            consumer.find(each.tag - self._base) is None for each in deliveries
        ):
            raise Unavailable("RabbitMQ takes the deliveries back: their channel is closed")
        return consumer
