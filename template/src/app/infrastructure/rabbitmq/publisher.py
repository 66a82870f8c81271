"""Publishing to the exchange."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from aio_pika import DeliveryMode, Message

from app.application.ports.outbox import Envelope
from app.infrastructure.rabbitmq.connection import Connection
from app.infrastructure.rabbitmq.sender import Outgoing, Sender
from app.infrastructure.rabbitmq.topology import Topology
from app.infrastructure.wire.cloudevents import CONTENT_TYPE


class RabbitPublisher:
    """Publishes persistent messages to the exchange, whose queues confirm them."""

    def __init__(self, connection: Connection, topology: Topology) -> None:
        self._exchange = topology.exchange
        self._sender = Sender(connection, topology.publishing())

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all and return the ids that are confirmed; raises `Unavailable`."""
        if not envelopes:
            return set()
        kept = await self._sender.send([self._outgoing(envelope) for envelope in envelopes])
        return {each.id for each, is_kept in zip(envelopes, kept, strict=True) if is_kept}

    def _outgoing(self, envelope: Envelope) -> Outgoing:
        message = Message(
            envelope.body,
            message_id=str(envelope.id),
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            timestamp=datetime.now(UTC),
        )
        return Outgoing(self._exchange, envelope.routing_key, message)
