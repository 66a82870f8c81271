"""Publishing to the exchange."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from aio_pika import DeliveryMode
from pamqp.commands import Basic

from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.outgoing import Encoded, Outgoing
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.wire.cloudevents import CONTENT_TYPE

NO_ID = str(UUID(int=0))


class RabbitPublisher:
    """Publishes persistent messages to the exchange, whose queues confirm them."""

    def __init__(self, connection: RabbitConnection, topology: Topology) -> None:
        self._exchange = topology.exchange
        self._sender = Sender(connection, topology.publishing())

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all and return the ids that are confirmed; raises `Unavailable`."""
        if not envelopes:
            return set()
        confirmed = await self._sender.send(self._outgoing(envelopes))
        return {
            each.id for each, is_confirmed in zip(envelopes, confirmed, strict=True) if is_confirmed
        }

    def _outgoing(self, envelopes: Sequence[Envelope]) -> list[Outgoing]:
        before, after = _around_id(datetime.now(UTC).replace(microsecond=0))
        outgoing = []
        for envelope in envelopes:
            identity = str(envelope.id)
            message = Encoded(identity, before + identity.encode() + after, envelope.body)
            outgoing.append(Outgoing(self._exchange, envelope.routing_key, message))
        return outgoing


@lru_cache(maxsize=1)
def _around_id(at: datetime) -> tuple[bytes, bytes]:
    """Return the bytes before and after the id in the properties of an event of that second."""
    properties = Basic.Properties(
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=NO_ID,
        timestamp=at,
    )
    before, _, after = properties.marshal().partition(NO_ID.encode())
    return before, after
