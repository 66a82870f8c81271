"""A span around each message that the bus hands to its handler."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from app.application.bus import HandlerFactory
from app.application.context import Context, current_context, new_context, use_context
from app.application.message import Handler, Message
from app.application.ports.tracing import Kind, Span, Tracing
from app.application.tracing.lasting import lasting


class TracedHandler:
    """Handles a message under a span of its own, whose trace the events of it carry on."""

    def __init__(self, handler: Handler[Any, Any], tracing: Tracing) -> None:
        self._handler = handler
        self._tracing = tracing

    async def __call__(self, message: Message[Any]) -> Any:
        """Return what the handler returns."""
        context = current_context()
        kind: Kind = "producer" if message.announces else "internal"
        parent = context.traceparent if context else None
        span = self._tracing.start(type(message).__name__, kind, parent=parent)
        with use_context(_under(span, context)), lasting([span]):
            return await self._handler(message)


def traced_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory], tracing: Tracing
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, each under a span; as they are, where tracing is off."""
    if not tracing.is_on:
        return handlers
    return {kind: partial(_traced, factory, tracing) for kind, factory in handlers.items()}


def _traced(factory: HandlerFactory, tracing: Tracing) -> TracedHandler:
    return TracedHandler(factory(), tracing)


def _under(span: Span, context: Context | None) -> Context:
    if context is None or span.traceparent is None:
        return new_context(traceparent=span.traceparent)
    return msgspec.structs.replace(context, traceparent=span.traceparent)
