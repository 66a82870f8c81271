from collections.abc import Sequence
from typing import override
from uuid import UUID, uuid4

import pytest

from app.application.notification.mapping import to_event
from chassis.application.context import new_context, use_context
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.ports.outbox import Envelope
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.no_tracing import NoTracing
from chassis.application.tracing.publisher import traced_publisher
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.chassis.recording_tracing import RecordingTracing
from tests.unit.support import make_notification

CODEC = CloudEventsCodec("/source")
MESSAGING = Messaging("rabbitmq", "exchange", "queue")


class OneTaker:
    """Takes the first of a batch, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.published: list[Envelope] = []

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        if self.away:
            raise Unavailable("away")
        self.published += envelopes
        return {envelopes[0].id}


def envelopes(*traceparents: str) -> list[Envelope]:
    found = []
    for traceparent in traceparents:
        with use_context(new_context(traceparent=traceparent)):
            found.append(CODEC.encode(to_event(make_notification())))
    return found


@pytest.mark.parametrize("is_stored", (False, True))
async def test_each_event_has_a_step_of_its_own_trace(is_stored: bool) -> None:
    tracing, publisher = RecordingTracing(), OneTaker()
    parents = [new_context().traceparent, new_context().traceparent]
    batch = envelopes(*parents)
    if is_stored:
        # As the table has them.
        batch = [Envelope(each.id, each.routing_key, each.body) for each in batch]

    confirmed = await traced_publisher(publisher, CODEC, tracing, MESSAGING).publish(batch)

    assert (confirmed, publisher.published) == ({batch[0].id}, batch)
    assert [span.parent for span in tracing.spans] == parents
    assert [span.failed for span in tracing.spans] == [None, "nack"]
    assert [span.ended for span in tracing.spans] == [1, 1]
    first = tracing.spans[0]
    assert (first.title, first.kind) == ("publish exchange", "client")
    assert first.attributes == {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": "send",
        "messaging.operation.name": "publish",
        "messaging.destination.name": "exchange",
        "messaging.message.id": str(batch[0].id),
        "messaging.message.body.size": len(batch[0].body),
    }


async def test_what_was_just_encoded_is_not_decoded() -> None:
    class Encoding(CloudEventsCodec):
        @override
        def decode(self, body: bytes) -> Event:
            raise AssertionError("it is decoded")

    tracing = RecordingTracing()
    publisher = traced_publisher(OneTaker(), Encoding("/source"), tracing, MESSAGING)
    parent = new_context().traceparent

    await publisher.publish(envelopes(parent))

    assert [span.parent for span in tracing.spans] == [parent]


async def test_all_steps_fail_while_the_broker_is_away() -> None:
    tracing = RecordingTracing()
    publisher = traced_publisher(OneTaker(away=True), CODEC, tracing, MESSAGING)

    with pytest.raises(Unavailable):
        await publisher.publish(envelopes(new_context().traceparent))

    assert [(span.failed, span.ended) for span in tracing.spans] == [("Unavailable", 1)]


async def test_what_cannot_be_read_is_published_all_the_same() -> None:
    tracing, publisher = RecordingTracing(), OneTaker()
    odd = Envelope(uuid4(), "any.key", b"odd")

    assert await traced_publisher(publisher, CODEC, tracing, MESSAGING).publish([odd]) == {odd.id}

    assert [span.parent for span in tracing.spans] == [None]


def test_the_publisher_is_as_it_was_where_nothing_is_traced() -> None:
    publisher = OneTaker()

    assert traced_publisher(publisher, CODEC, NoTracing(), MESSAGING) is publisher
