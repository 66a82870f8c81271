"""A span for each message that the bus passes to its handler."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from chassis.application.bus import HandlerFactory
from chassis.application.context import Context, current_context, new_context, use_context
from chassis.application.message import Handler, Message
from chassis.application.ports.tracing import Span, Tracing
from chassis.application.tracing.messaging import Messaging
from chassis.application.tracing.span_scope import span_scope


class TracedHandler:
    """Handles a message with its own span, whose trace the message's events carry on."""

    def __init__(self, handler: Handler[Any, Any], tracing: Tracing, messaging: Messaging) -> None:
        self._handler = handler
        self._tracing = tracing
        self._messaging = messaging

    async def __call__(self, message: Message[Any]) -> Any:
        """Return the handler's result."""
        context = current_context()
        span = self._start(message, context.traceparent if context else None)
        with use_context(_under(span, context)), span_scope([span]):
            return await self._handler(message)

    def _start(self, message: Message[Any], parent: str | None) -> Span:
        name = type(message).__name__
        if not message.publishes_events:
            return self._tracing.start(name, "internal", parent=parent)
        attributes = {
            "messaging.system": self._messaging.system,
            "messaging.operation.type": "create",
            "messaging.operation.name": name,
            "messaging.destination.name": self._messaging.exchange,
        }
        return self._tracing.start(name, "producer", parent=parent, attributes=attributes)


def traced_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory], tracing: Tracing, messaging: Messaging
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, each with a span, or unchanged if tracing is off."""
    if not tracing.is_on:
        return handlers
    return {
        kind: partial(_traced, factory, tracing, messaging) for kind, factory in handlers.items()
    }


def _traced(factory: HandlerFactory, tracing: Tracing, messaging: Messaging) -> TracedHandler:
    return TracedHandler(factory(), tracing, messaging)


def _under(span: Span, context: Context | None) -> Context:
    if context is None or span.traceparent is None:
        return new_context(traceparent=span.traceparent)
    return msgspec.structs.replace(context, traceparent=span.traceparent)
