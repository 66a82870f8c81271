"""A call's step of a trace: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/."""

from grpc import StatusCode

from chassis.application.ports.tracing import Span, Tracing

# The statuses that are the server's fault, not its caller's.
_FAILED = frozenset(
    (
        StatusCode.UNKNOWN,
        StatusCode.DEADLINE_EXCEEDED,
        StatusCode.UNIMPLEMENTED,
        StatusCode.INTERNAL,
        StatusCode.UNAVAILABLE,
        StatusCode.DATA_LOSS,
    )
)


def start_span(tracing: Tracing, method: str, parent: str | None) -> Span:
    """Begin the step for a call of `method` (`package.Service/Method`) under a traceparent."""
    attributes = {"rpc.system.name": "grpc", "rpc.method": method}
    return tracing.start(method, "server", parent=parent, attributes=attributes)


def end_span(span: Span, code: StatusCode) -> None:
    """End it; a second call changes nothing, since a stream's step ends once it is open."""
    span.set_attributes({"rpc.response.status_code": code.name})
    if code in _FAILED:
        span.fail(code.name)
    span.end()
