"""The queue of what this service received and could not handle."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import uuid4

from aio_pika import DeliveryMode, IncomingMessage, Message
from aio_pika.abc import AbstractIncomingMessage
from aiormq.abc import DeliveredMessage

from app.application.errors import Unavailable
from app.application.ports.parking_lot import ParkedMessage
from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.copies import copied
from app.infrastructure.rabbitmq.outgoing import Outgoing
from app.infrastructure.rabbitmq.parking_lot import (
    UNKNOWN,
    RabbitParked,
    RabbitParkingLot,
    identify,
)
from app.infrastructure.rabbitmq.sender import Sender
from app.infrastructure.rabbitmq.topology import Topology

REASON_LENGTH = 1000

# What parking adds to a message's headers. The id is a new one each time: a message that is
# replayed in vain is parked again, and an id that an operator has noted means one of the two.
ID = "x-parked-id"
AT = "x-parked-at"
REASON = "x-parked-reason"
ROUTING_KEY = "x-original-routing-key"


class RabbitDeadLetters:
    """Parks messages in `<queue>.dead`, and replays them to this consumer's queue alone."""

    def __init__(self, publishing: Connection, consuming: Connection, topology: Topology) -> None:
        self._dead = topology.dead
        self._queue = topology.queue
        self._sender = Sender(publishing, topology.parking())
        self._lot = RabbitParkingLot(consuming, self._sender, self._dead, _describe, self._back)

    async def park(self, body: bytes, reason: str) -> None:
        """Keep a message; raises `Unavailable`, and then it is not kept."""
        await self._park(Message(body, delivery_mode=DeliveryMode.PERSISTENT), reason)

    async def keep(self, delivered: DeliveredMessage, reason: str) -> None:
        """Keep a message as it came; raises `Unavailable`, and then it is not kept."""
        message = copied(IncomingMessage(delivered))
        message.headers.setdefault(ROUTING_KEY, delivered.routing_key or "")
        await self._park(message, reason)

    def walk(self) -> AsyncGenerator[RabbitParked]:
        """Yield what is there now, oldest first; raises `Unavailable`."""
        return self._lot.walk()

    async def count(self) -> int:
        """Return how many there are; raises `Unavailable`."""
        return await self._lot.count()

    async def _park(self, message: Message, reason: str) -> None:
        text = reason.replace("\0", "\\0").encode(errors="backslashreplace").decode()
        message.headers |= {
            ID: str(uuid4()),
            AT: datetime.now(UTC).isoformat(),
            REASON: text[:REASON_LENGTH],
        }
        if await self._sender.send([Outgoing("", self._dead, message)]) != [True]:
            raise Unavailable(f"RabbitMQ took no message for the queue {self._dead}")

    def _back(self, taken: AbstractIncomingMessage) -> Outgoing:
        message = copied(taken)
        for header in (ID, AT, REASON):
            message.headers.pop(header, None)
        return Outgoing("", self._queue, message)


def _describe(message: AbstractIncomingMessage) -> ParkedMessage:
    headers = message.headers
    at = headers.get(AT)
    return ParkedMessage(
        id=str(headers.get(ID) or identify(message)),
        body=message.body,
        reason=str(headers.get(REASON) or "unknown: parked by something else"),
        parked_at=datetime.fromisoformat(at) if isinstance(at, str) else UNKNOWN,
    )
