"""Publishing to the exchange."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from aio_pika import DeliveryMode
from pamqp.commands import Basic

from chassis.application.errors import Unavailable
from chassis.application.ports.outbox import Envelope
from chassis.application.topology import SUBJECT, TYPE
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.outgoing import Encoded, Outgoing
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.wire.cloudevents import CONTENT_TYPE, routed_by

NO_ID = str(UUID(int=0))


class RabbitPublisher:
    """Publishes persistent messages to the exchange, whose queues confirm them.

    The alternate exchange takes a message that matches no binding. If a message matches one, but
    the exchange behind that has no queue for it, the publisher sends it to `unrouted`.
    """

    def __init__(self, connection: RabbitConnection, topology: Topology) -> None:
        self._exchange = topology.exchange
        self._has_headers = topology.headers
        self._unrouted = topology.unrouted
        self._sender = Sender(connection, topology.publishing())

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all and return the ids that are confirmed; raises `Unavailable`."""
        if not envelopes:
            return set()
        returned: set[str | None] = set()
        confirmed = await self._send(envelopes, self._exchange, returned)
        if returned:
            left = [each for each in envelopes if str(each.id) in returned]
            with suppress(Unavailable):
                confirmed |= await self._send(left, self._unrouted)
        return confirmed

    async def _send(
        self,
        envelopes: Sequence[Envelope],
        exchange: str,
        returned: set[str | None] | None = None,
    ) -> set[UUID]:
        confirmed = await self._sender.send(self._outgoing(envelopes, exchange), returned)
        return {
            each.id for each, is_confirmed in zip(envelopes, confirmed, strict=True) if is_confirmed
        }

    def _outgoing(self, envelopes: Sequence[Envelope], exchange: str) -> list[Outgoing]:
        at = datetime.now(UTC).replace(microsecond=0)
        before, after = _around_id(at)
        has_headers = self._has_headers
        outgoing = []
        for envelope in envelopes:
            if has_headers:
                before, after = _around_id(at, *routed_by(envelope.body))
            identity = str(envelope.id)
            message = Encoded(identity, before + identity.encode() + after, envelope.body)
            outgoing.append(Outgoing(exchange, envelope.routing_key, message))
        return outgoing


@lru_cache(maxsize=1024)
def _around_id(at: datetime, kind: str = "", subject: str = "") -> tuple[bytes, bytes]:
    """Return the bytes before and after the id in the properties of an event of that second."""
    properties = Basic.Properties(
        headers={TYPE: kind, SUBJECT: subject} if kind else None,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=NO_ID,
        timestamp=at,
    )
    before, _, after = properties.marshal().partition(NO_ID.encode())
    return before, after
