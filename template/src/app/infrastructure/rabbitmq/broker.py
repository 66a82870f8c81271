"""RabbitMQ as the application's broker."""

import asyncio

from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.dead_letters import RabbitDeadLetters
from app.infrastructure.rabbitmq.publisher import RabbitPublisher
from app.infrastructure.rabbitmq.subscription import RabbitSubscription
from app.infrastructure.rabbitmq.topology import Topology
from app.infrastructure.rabbitmq.unrouted import RabbitUnrouted


class RabbitBroker:
    """Publishes on one connection and consumes on another.

    While its alarm is on, RabbitMQ reads nothing from a connection that publishes: acks would be
    stuck behind the messages, and the queues that free its memory could not be emptied.
    """

    def __init__(self, url: str, topology: Topology) -> None:
        self._publishing = Connection(url, f"{topology.queue} publishing")
        self._consuming = Connection(url, f"{topology.queue} consuming")
        self.publisher = RabbitPublisher(self._publishing, topology)
        self.dead_letters = RabbitDeadLetters(self._publishing, self._consuming, topology)
        self.unrouted = RabbitUnrouted(self._publishing, self._consuming, topology)
        self.subscription = RabbitSubscription(self._consuming, topology, self.dead_letters)

    async def check(self) -> None:
        """Return where it answers; raises `Unavailable` where it does not."""
        async with self._publishing.channel():
            pass

    async def close(self) -> None:
        """Close both connections."""
        await asyncio.gather(self._publishing.close(), self._consuming.close())
