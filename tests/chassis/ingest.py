"""The ingest endpoint of Sentry: takes envelopes on a port of its own, and keeps their events.

https://develop.sentry.dev/sdk/data-model/envelopes/
"""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROJECT = 42
KEY = "0123456789abcdef0123456789abcdef"
TIMEOUT = 30.0


class Ingest:
    """The events that have come, oldest first, and all bytes that were sent."""

    def __init__(self) -> None:
        self.dsn = ""
        self.events: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.raw = b""
        self._arrived = threading.Condition()

    def take(self, path: str, body: bytes) -> None:
        """Keep the events of one envelope."""
        with self._arrived:
            self.paths.append(path)
            self.raw += body
            self.events += _events(body)
            self._arrived.notify_all()

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return the events once there are so many; fails after a while."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.events) >= count, TIMEOUT)
            return list(self.events)


@contextmanager
def ingesting() -> Iterator[Ingest]:
    """Run one for the length of the block."""
    ingest = Ingest()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            assert KEY in self.headers["x-sentry-auth"]
            ingest.take(self.path, body)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        ingest.dsn = f"http://{KEY}@127.0.0.1:{server.server_port}/{PROJECT}"
        try:
            yield ingest
        finally:
            server.shutdown()
            thread.join()


def _events(envelope: bytes) -> Iterator[dict[str, Any]]:
    """Yield the events: after the line of the envelope, each item is a header and a payload."""
    _, _, rest = envelope.partition(b"\n")
    while rest:
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        length = header.get("length", len(rest.partition(b"\n")[0]))
        payload, rest = rest[:length], rest[length + 1 :]
        if header["type"] == "event":
            yield json.loads(payload)
