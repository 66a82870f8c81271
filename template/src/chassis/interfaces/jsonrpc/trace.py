"""A span for each request that a session answers, if tracing is on.

https://opentelemetry.io/docs/specs/semconv/rpc/json-rpc/
"""

import msgspec
from msgspec import UNSET, UnsetType

from chassis.application.context import Context
from chassis.application.ports.tracing import Span, Tracing
from chassis.interfaces.jsonrpc.refused import Identity


def begin(
    tracing: Tracing, context: Context, method: str, identity: Identity | UnsetType
) -> tuple[Span, Context]:
    """Return a span of a request, and the context whose trace continues under it."""
    attributes = {
        "rpc.system.name": "jsonrpc",
        "rpc.method": method,
        "jsonrpc.protocol.version": "2.0",
    }
    if identity is not UNSET and identity is not None:
        attributes["jsonrpc.request.id"] = str(identity)
    span = tracing.start(method, "server", parent=context.traceparent, attributes=attributes)
    if span.traceparent is not None:
        context = msgspec.structs.replace(context, traceparent=span.traceparent)
    return span, context


def end(span: Span, code: int) -> None:
    """End it, with the code of its error answer, or 0."""
    if code:
        span.set_attributes({"rpc.response.status_code": str(code), "error.type": str(code)})
        span.fail(str(code))
    span.end()
