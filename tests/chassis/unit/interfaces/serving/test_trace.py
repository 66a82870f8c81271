from typing import Any

import pytest

from chassis.interfaces.serving.asgi import Message, Receive, Scope, Send
from chassis.interfaces.serving.trace import Trace
from tests.chassis.recording_tracing import RecordedSpan, RecordingTracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
JSON = [(b"content-type", b"application/json")]
EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8")]


class Application:
    """Answers with one message; keeps the scope that it got, and whether the span had ended."""

    def __init__(self, tracing: RecordingTracing, answer: Message, route: str | None) -> None:
        self.scope: Scope = None
        self.ended = -1
        self._tracing = tracing
        self._answer = answer
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        if self._route:
            scope["path_template"] = self._route
        if self._answer is None:
            raise KeyError
        await send(self._answer)
        self.ended = self._tracing.spans[0].ended


def scope(**changes: Any) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": "/things/ä",
        "raw_path": b"/things/%C3%A4",
        "headers": [(b"host", b"here"), (b"traceparent", PARENT.encode())],
    } | changes


def started(status: int, headers: list[tuple[bytes, bytes]] = JSON) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


async def request(
    answer: Message, route: str | None = "/things/{name}", **changes: Any
) -> tuple[RecordedSpan, Application]:
    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        assert message is answer

    tracing = RecordingTracing()
    application = Application(tracing, answer, route)
    try:
        await Trace(application, tracing)(scope(**changes), receive, send)
    except KeyError:
        assert answer is None
    [span] = tracing.spans
    assert span.ended
    return span, application


async def test_a_request_goes_on_with_its_callers_trace() -> None:
    span, application = await request(started(200))

    assert (span.title, span.kind, span.parent) == ("GET /things/{name}", "server", PARENT)
    assert span.failed is None
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/things/{name}",
        "http.response.status_code": 200,
        "url.path": "/things/%C3%A4",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
    }
    assert application.scope["headers"] == [
        (b"host", b"here"),
        (b"traceparent", span.traceparent.encode()),
    ]


async def test_a_request_without_a_trace_begins_one() -> None:
    span, application = await request(started(200), headers=[])

    assert span.parent is None
    assert application.scope["headers"] == [(b"traceparent", span.traceparent.encode())]


@pytest.mark.parametrize(
    ("status", "failed"), ((404, None), (499, None), (500, "500"), (503, "503"))
)
async def test_the_server_fails_its_step_and_the_caller_does_not(
    status: int, failed: str | None
) -> None:
    span, _ = await request(started(status))

    assert span.failed == failed


async def test_what_no_route_takes_is_named_by_its_method_alone() -> None:
    span, _ = await request(started(404), route=None)

    assert span.title == "GET"
    assert "http.route" not in span.attributes


async def test_a_made_up_method_is_not_a_name() -> None:
    span, _ = await request(started(405), route=None, method="MADE-UP")

    assert (span.title, span.attributes["http.request.method"]) == ("_OTHER", "_OTHER")


async def test_an_error_fails_the_step() -> None:
    span, _ = await request(None)

    assert span.failed == "KeyError"


@pytest.mark.parametrize(
    ("answer", "ended"),
    (
        (started(200), 0),
        (started(200, EVENTS), 1),
        ({"type": "websocket.accept"}, 1),
        ({"type": "websocket.http.response.start", "status": 403, "headers": JSON}, 0),
    ),
)
async def test_a_stream_ends_its_step_once_it_is_open(answer: Message, ended: int) -> None:
    _, application = await request(answer)

    assert application.ended == ended
