"""A collector of traces: takes OTLP over HTTP on a port of its own, and keeps the spans.

`python -m tests.chassis.collector` prints where it listens, then each span as a line of JSON, until
its input ends.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TIMEOUT = 20.0


class CollectedSpan(Struct, frozen=True, kw_only=True):
    """A span of a service; the ids in hex, times in nanoseconds since 1970."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    failed: bool
    attributes: dict[str, Any]


class Collector:
    """The spans that have come, oldest first."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[CollectedSpan] = []
        self._arrived = threading.Condition()

    def take(self, body: bytes) -> list[CollectedSpan]:
        """Keep the spans of one request, and return them."""
        found = list(_spans(body))
        with self._arrived:
            self.spans += found
            self._arrived.notify_all()
        return found

    def wait_for(self, count: int) -> list[CollectedSpan]:
        """Return the spans once there are so many; fails after twenty seconds."""
        with self._arrived:
            names = [span.name for span in self.spans]
            assert self._arrived.wait_for(lambda: len(self.spans) >= count, TIMEOUT), names
            return list(self.spans)


@contextmanager
def collecting(tell: Callable[[CollectedSpan], object] | None = None) -> Iterator[Collector]:
    """Listen on a free port for as long as the block lasts, and `tell` of each span."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path != "/v1/traces":
                self.send_error(404)
                return
            for span in collector.take(body):
                if tell:
                    tell(span)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing of each request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


def _spans(body: bytes) -> Iterator[CollectedSpan]:
    request = ExportTraceServiceRequest.FromString(body)
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield CollectedSpan(
                    service=resource["service.name"],
                    name=span.name,
                    kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    failed=span.status.code == Status.STATUS_CODE_ERROR,
                    attributes=_attributes(span.attributes),
                )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> Any:
    kind = pair.value.WhichOneof("value")
    return getattr(pair.value, kind) if kind else None


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with collecting(lambda span: _print(msgspec.json.encode(span).decode())) as running:
        _print(running.url)
        sys.stdin.read()
