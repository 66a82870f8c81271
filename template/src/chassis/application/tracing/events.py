"""A span for each event that is handled."""

from collections.abc import Sequence

import msgspec

from chassis.application.consuming.handler import EventHandler, Handled
from chassis.application.event import Event
from chassis.application.ports.tracing import Span, Tracing
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.span_scope import span_scope


class TracedEventHandler:
    """Handles a batch; each event of it has its own span, which is current while it is handled."""

    def __init__(self, handler: EventHandler, tracing: Tracing, messaging: Messaging) -> None:
        self._handler = handler
        self._tracing = tracing
        self._messaging = messaging

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Handle the batch; raises the handler's errors."""
        spans = [self._start(event) for event in events]
        under = [
            msgspec.structs.replace(event, traceparent=span.traceparent)
            for event, span in zip(events, spans, strict=True)
        ]
        # A fault names its event by identity: it is the object that was passed in.
        given = {id(each): place for place, each in enumerate(under)}
        with span_scope(spans):
            faults = []
            handled = await self._handler(under)
            for fault in handled.faults:
                place = given[id(fault.event)]
                spans[place].fail("refused")
                faults.append(msgspec.structs.replace(fault, event=events[place]))
        return Handled(faults, handled.after)

    def _start(self, event: Event) -> Span:
        messaging = self._messaging
        return self._tracing.start(
            f"process {messaging.queue}",
            "consumer",
            parent=event.traceparent,
            attributes={
                "messaging.system": messaging.system,
                "messaging.operation.type": "process",
                "messaging.operation.name": "process",
                "messaging.destination.name": messaging.queue,
                "messaging.message.id": str(event.id),
            },
        )


def traced_events(handler: EventHandler, tracing: Tracing, messaging: Messaging) -> EventHandler:
    """Return the handler with spans, or unchanged if tracing is off."""
    return TracedEventHandler(handler, tracing, messaging) if tracing.is_on else handler
