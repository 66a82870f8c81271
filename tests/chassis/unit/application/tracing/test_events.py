from collections.abc import Sequence

import msgspec
import pytest

from app.application.notification.mapping import to_event
from chassis.application.consuming.handler import EventHandler, Fault, Handled
from chassis.application.context import new_context
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.tracing.events import traced_events
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.no_tracing import NoTracing
from tests.chassis.recording_tracing import RecordingTracing
from tests.unit.support import make_notification

MESSAGING = Messaging("rabbitmq", "exchange", "queue")


class OneRefuser:
    """Refuses the last of a batch, or cannot work."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.handled: list[Event] = []

    async def __call__(self, events: Sequence[Event]) -> Handled:
        if self.away:
            raise Unavailable("away")
        self.handled += events
        return Handled([Fault(events[-1], "odd")], self.after)

    async def after(self) -> None:
        """Do nothing."""


def events(count: int) -> list[Event]:
    return [
        msgspec.structs.replace(
            to_event(make_notification()), traceparent=new_context().traceparent
        )
        for _ in range(count)
    ]


def traced(handler: OneRefuser, tracing: RecordingTracing) -> EventHandler:
    return traced_events(handler, tracing, MESSAGING)


async def test_each_event_is_handled_under_a_step_of_its_trace() -> None:
    handler, tracing = OneRefuser(), RecordingTracing()
    batch = events(2)

    handled = await traced(handler, tracing)(batch)

    assert [span.parent for span in tracing.spans] == [event.traceparent for event in batch]
    assert [event.traceparent for event in handler.handled] == [
        span.traceparent for span in tracing.spans
    ]
    assert [event.id for event in handler.handled] == [event.id for event in batch]
    assert [(span.failed, span.ended) for span in tracing.spans] == [(None, 1), ("refused", 1)]
    # The one that was given, by which the caller knows its delivery.
    assert [(fault.event is batch[1], fault.reason) for fault in handled.faults] == [(True, "odd")]
    assert handled.after == handler.after
    first = tracing.spans[0]
    assert (first.title, first.kind) == ("process queue", "consumer")
    assert first.attributes == {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": "queue",
        "messaging.message.id": str(batch[0].id),
    }


async def test_all_steps_fail_with_their_handler() -> None:
    tracing = RecordingTracing()

    with pytest.raises(Unavailable):
        await traced(OneRefuser(away=True), tracing)(events(2))

    assert [(span.failed, span.ended) for span in tracing.spans] == [("Unavailable", 1)] * 2


async def test_an_event_without_a_trace_begins_one() -> None:
    handler, tracing = OneRefuser(), RecordingTracing()

    await traced(handler, tracing)([to_event(make_notification())])

    assert tracing.spans[0].parent is None
    assert handler.handled[0].traceparent == tracing.spans[0].traceparent


def test_the_handler_is_as_it_was_where_nothing_is_traced() -> None:
    handler = OneRefuser()

    assert traced_events(handler, NoTracing(), MESSAGING) is handler
