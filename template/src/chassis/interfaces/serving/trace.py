"""The wrapper of the whole application: every request is a step of its trace, or of its caller's.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
"""

from chassis.application.ports.tracing import Span, Tracing
from chassis.interfaces.serving.asgi import App, Message, Receive, Scope, Send
from chassis.interfaces.serving.observe import is_event_stream, sent_path

TRACEPARENT = b"traceparent"
SWITCHING = 101
# From here on a failure is the server's.
FAILED = 500

_METHODS = frozenset(("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))


class Trace:
    """Begins a span and passes its `traceparent` on in place of the caller's.

    The span ends with the answer. A span is sent at its end, and a stream may last for days, so its
    span ends once the stream is open. OpenTelemetry's ASGI instrumentation keeps it open as long,
    and takes three times the time.
    """

    def __init__(self, app: App, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        others, parent = _headers(scope)
        method = scope.get("method", "GET")
        if method not in _METHODS:
            method = "_OTHER"
        span = self._tracing.start(
            method,
            "server",
            parent=parent,
            attributes={
                "http.request.method": method,
                "url.path": sent_path(scope),
                "url.scheme": scope["scheme"],
                "network.protocol.version": scope["http_version"],
            },
        )
        if span.traceparent is not None:
            others.append((TRACEPARENT, span.traceparent.encode()))
        # A copy: the application's additions to it, such as the route, stay separate.
        scope = {**scope, "headers": others}

        async def traced(message: Message) -> None:
            match message["type"]:
                case "http.response.start" | "websocket.http.response.start":
                    _answered(span, scope, method, message["status"])
                    if is_event_stream(message):
                        span.end()
                case "websocket.accept":
                    _answered(span, scope, method, SWITCHING)
                    span.end()
            await send(message)

        try:
            await self._app(scope, receive, traced)
        except BaseException as error:
            span.fail(type(error).__name__)
            raise
        finally:
            span.end()


def _answered(span: Span, scope: Scope, method: str, status: int) -> None:
    # The route's own pattern: one name for all its paths.
    route = scope.get("path_template")
    if route:
        span.rename(f"{method} {route}")
        span.set_attributes({"http.route": route})
    span.set_attributes({"http.response.status_code": status})
    if status >= FAILED:
        span.fail(str(status))


def _headers(scope: Scope) -> tuple[list[tuple[bytes, bytes]], str | None]:
    """Return the headers without the caller's `traceparent`, and that one."""
    others, parent = [], None
    for name, value in scope["headers"]:
        if name == TRACEPARENT:
            parent = value.decode("latin-1")
        else:
            others.append((name, value))
    return others, parent
