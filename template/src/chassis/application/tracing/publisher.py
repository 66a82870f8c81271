"""A span for each event that is published."""

from collections.abc import Sequence
from uuid import UUID

from chassis.application.ports.codec import Codec, Undecodable
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.publisher import Publisher
from chassis.application.ports.tracing import Span, Tracing
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.span_scope import span_scope


class TracedPublisher:
    """Publishes, and records a span for each event: sent, and confirmed or not.

    The span is of kind client. The conventions ask for it if the event carries an earlier trace,
    here that of the message that created it.
    https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/#span-kind
    """

    def __init__(
        self, publisher: Publisher, codec: Codec, tracing: Tracing, messaging: Messaging
    ) -> None:
        self._publisher = publisher
        self._codec = codec
        self._tracing = tracing
        self._messaging = messaging

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all and return the ids that the broker confirmed; raises `Unavailable`."""
        spans = [self._start(envelope) for envelope in envelopes]
        with span_scope(spans):
            confirmed = await self._publisher.publish(envelopes)
            for envelope, span in zip(envelopes, spans, strict=True):
                if envelope.id not in confirmed:
                    span.fail("nack")
        return confirmed

    def _start(self, envelope: Envelope) -> Span:
        parent = envelope.traceparent or self._stored_parent(envelope)
        messaging = self._messaging
        return self._tracing.start(
            f"publish {messaging.exchange}",
            "client",
            parent=parent,
            attributes={
                "messaging.system": messaging.system,
                "messaging.operation.type": "send",
                "messaging.operation.name": "publish",
                "messaging.destination.name": messaging.exchange,
                "messaging.message.id": str(envelope.id),
                "messaging.message.body.size": len(envelope.body),
            },
        )

    def _stored_parent(self, envelope: Envelope) -> str | None:
        """Return the `traceparent` of an envelope that comes from the outbox's table."""
        try:
            return self._codec.decode(envelope.body).traceparent
        except Undecodable:
            return None


def traced_publisher(
    publisher: Publisher, codec: Codec, tracing: Tracing, messaging: Messaging
) -> Publisher:
    """Return the publisher with spans, or unchanged if tracing is off."""
    if not tracing.is_on:
        return publisher
    return TracedPublisher(publisher, codec, tracing, messaging)
