"""The queue of what was published to the exchange while no queue was bound for it."""

from aio_pika.abc import AbstractIncomingMessage

from app.application.ports.parking_lot import ParkedMessage
from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.copies import copied
from app.infrastructure.rabbitmq.outgoing import Outgoing
from app.infrastructure.rabbitmq.parking_lot import UNKNOWN, RabbitParkingLot, identify
from app.infrastructure.rabbitmq.sender import Sender
from app.infrastructure.rabbitmq.topology import Topology


class RabbitUnrouted(RabbitParkingLot):
    """Replays to the exchange; what no queue wants now either comes back to this one's end."""

    def __init__(self, publishing: Connection, asking: Connection, topology: Topology) -> None:
        def again(taken: AbstractIncomingMessage) -> Outgoing:
            return Outgoing(topology.exchange, taken.routing_key or "", copied(taken))

        sender = Sender(publishing, topology.publishing())
        super().__init__(asking, sender, topology.unrouted, _describe, again)


def _describe(message: AbstractIncomingMessage) -> ParkedMessage:
    """Return what it is; its time is the one of its publishing, where the publisher told it."""
    return ParkedMessage(
        id=identify(message),
        body=message.body,
        reason=f"unrouted: no queue was bound for {message.routing_key}",
        parked_at=message.timestamp or UNKNOWN,
    )
