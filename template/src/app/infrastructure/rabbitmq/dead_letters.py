"""The queue of what this service could not handle."""

from datetime import UTC, datetime
from uuid import uuid4

from aio_pika import DeliveryMode, IncomingMessage, Message
from aiormq.abc import DeliveredMessage

from app.application.errors import Unavailable
from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.sender import Outgoing, Sender
from app.infrastructure.rabbitmq.topology import Topology

REASON_LENGTH = 1000


class RabbitDeadLetters:
    """Parks messages in `<queue>.dead`."""

    def __init__(self, connection: Connection, topology: Topology) -> None:
        self._queue = topology.dead
        self._sender = Sender(connection, topology.consuming()[:1])

    async def park(self, body: bytes, reason: str) -> None:
        """Keep a message; raises `Unavailable`, and then it is not kept."""
        await self._park(Message(body), reason)

    async def keep(self, message: DeliveredMessage, reason: str) -> None:
        """Keep a message as it came; raises `Unavailable`, and then it is not kept."""
        found = IncomingMessage(message)
        copy = Message(
            message.body,
            headers=dict(found.headers),
            content_type=found.content_type,
            message_id=found.message_id,
        )
        copy.headers["x-original-routing-key"] = found.routing_key
        await self._park(copy, reason)

    async def _park(self, message: Message, reason: str) -> None:
        text = reason.replace("\0", "\\0").encode(errors="backslashreplace").decode()
        message.delivery_mode = DeliveryMode.PERSISTENT
        message.message_id = message.message_id or str(uuid4())
        message.headers |= {
            "x-parked-id": message.message_id,
            "x-parked-at": datetime.now(UTC).isoformat(),
            "x-parked-reason": text[:REASON_LENGTH],
        }
        if await self._sender.send([Outgoing("", self._queue, message)]) != [True]:
            raise Unavailable(f"RabbitMQ did not take a message for the queue {self._queue}")
