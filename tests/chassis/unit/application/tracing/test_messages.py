from typing import Any, ClassVar

import pytest

from chassis.application.bus import Bus, HandlerFactory
from chassis.application.context import Context, current_context, new_context, use_context
from chassis.application.message import Message
from chassis.application.tracing.messages import traced_handlers
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.no_tracing import NoTracing
from tests.chassis.recording_tracing import RecordingTracing

MESSAGING = Messaging("rabbitmq", "exchange", "queue")


class Ask(Message[Context | None], frozen=True):
    fails: bool = False


class Announce(Ask, frozen=True):
    publishes_events: ClassVar[bool] = True


class Answer:
    async def __call__(self, message: Ask) -> Context | None:
        if message.fails:
            raise KeyError
        return current_context()


@pytest.fixture
def tracing() -> RecordingTracing:
    return RecordingTracing()


@pytest.fixture
def bus(tracing: RecordingTracing) -> Bus:
    return Bus(traced_handlers({Ask: Answer, Announce: Answer}, tracing, MESSAGING))


async def test_a_message_is_handled_under_a_step_of_the_requests_trace(
    bus: Bus, tracing: RecordingTracing
) -> None:
    with use_context(new_context("request")) as request:
        inside = await bus.handle(Ask())
        assert current_context() is request

    [span] = tracing.spans
    assert (span.title, span.kind, span.parent) == ("Ask", "internal", request.traceparent)
    assert (span.ended, span.failed) == (1, None)
    assert inside is not None
    assert (inside.request_id, inside.traceparent) == ("request", span.traceparent)
    assert inside.trace_id == request.trace_id


async def test_a_message_outside_of_any_request_begins_a_trace(
    bus: Bus, tracing: RecordingTracing
) -> None:
    inside = await bus.handle(Ask())

    assert tracing.spans[0].parent is None
    assert inside is not None
    assert inside.traceparent == tracing.spans[0].traceparent


async def test_what_events_come_of_is_a_producers_step(bus: Bus, tracing: RecordingTracing) -> None:
    with use_context(new_context()) as request:
        await bus.handle(Announce())

    [span] = tracing.spans
    assert (span.title, span.kind, span.parent) == ("Announce", "producer", request.traceparent)
    assert tracing.spans[0].attributes == {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": "create",
        "messaging.operation.name": "Announce",
        "messaging.destination.name": "exchange",
    }


async def test_a_step_fails_with_its_handler(bus: Bus, tracing: RecordingTracing) -> None:
    with pytest.raises(KeyError):
        await bus.handle(Ask(fails=True))

    assert (tracing.spans[0].ended, tracing.spans[0].failed) == (1, "KeyError")


def test_the_handlers_are_as_they_were_where_nothing_is_traced() -> None:
    handlers: dict[type[Message[Any]], HandlerFactory] = {Ask: Answer}

    assert traced_handlers(handlers, NoTracing(), MESSAGING) is handlers
