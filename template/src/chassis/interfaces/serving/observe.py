"""The wrapper of the whole application: each request has an id, a trace, and one log line."""

from http import HTTPStatus
from time import perf_counter

from chassis.application.context import CURRENT, new_context
from chassis.application.ports.request_log import RequestLog
from chassis.interfaces.serving.asgi import App, Message, Receive, Scope, Send
from chassis.interfaces.serving.meter import Meter, Outcome

LONGEST_PATH = 200
# The status in nginx for a client that did not wait for its answer.
CLIENT_LEFT = 499

_ANSWERS = frozenset(("http.response.start", "websocket.http.response.start", "websocket.accept"))
NOSNIFF = (b"x-content-type-options", b"nosniff")
SWITCHING = 101
# The status of a socket that is closed before it was opened.
FORBIDDEN = 403

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class HttpObserver:
    """Continues `X-Request-ID` and `traceparent`, answers with the id, and logs the outcome.

    The log has the path as it was sent, percent-encoded, and neither query nor body.
    """

    def __init__(
        self,
        app: App,
        meter: Meter | None = None,
        request_log: RequestLog | None = None,
        transport: str = "http",
    ) -> None:
        self._app = app
        self._transport = transport
        self._meter = meter
        self._request_log = request_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        client = scope.get("client")
        context = new_context(
            *_ids(scope), transport=self._transport, peer=client[0] if client else ""
        )
        request_id = (b"x-request-id", context.request_id.encode())
        status = CLIENT_LEFT
        is_stream = scope["type"] == "websocket"

        async def observed(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] in _ANSWERS:
                status = message.get("status", SWITCHING)
                is_stream = is_stream or is_event_stream(message)
                message["headers"] = [*message.get("headers", ()), request_id, NOSNIFF]
            elif message["type"] == "websocket.close" and status == CLIENT_LEFT:
                status = FORBIDDEN
            await send(message)

        token = CURRENT.set(context)
        try:
            await self._app(scope, receive, observed)
        finally:
            seconds = perf_counter() - started
            if self._meter is not None and not is_stream:
                self._meter.request(_outcome(status), seconds)
            if self._request_log is not None:
                method = scope.get("method", "WEBSOCKET")
                path = sent_path(scope)
                self._request_log.write(self._transport, method, seconds, path=path, status=status)
            CURRENT.reset(token)


def _outcome(status: int) -> Outcome:
    if status < HTTPStatus.BAD_REQUEST:
        return "ok"
    if status in _BUSY:
        return "busy"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"


def _ids(scope: Scope) -> tuple[str | None, str | None]:
    request_id = traceparent = None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            request_id = value.decode("latin-1")
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
    return request_id, traceparent


def is_event_stream(message: Message) -> bool:
    """Return whether an answer that begins is one of server-sent events."""
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message.get("headers", ())
    )


def sent_path(scope: Scope) -> str:
    """Return the path as it was sent, percent-encoded, or the beginning of a long one."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw[:LONGEST_PATH].decode("latin-1")
