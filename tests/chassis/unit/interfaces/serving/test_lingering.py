"""The end of connections whose clients are still sending, in plain text and over TLS."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.bootstrap.loop import loop_factory
from chassis.interfaces.serving import lingering
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.server import WebServer
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority
from tests.chassis.unit.interfaces.serving.raw import BETWEEN, TIMEOUT, echo
from tests.unit.support import RecordingMetrics

POST = b"POST /mine HTTP/1.1\r\nHost: here\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LARGE = POST + b"Connection: close\r\nContent-Length: 1000000000\r\n\r\n"
HANDSHAKE = (
    b"GET /mine HTTP/1.1\r\nHost: here\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PART = b"x" * 100_000
# More than the sockets of both sides hold.
MUCH = b"x" * 32_000_000

# Each request, and the status codes of its answers.
ENDED = {
    "a broken request line": (b"POST / HTTP\r\n\r\n", [400]),
    "a long head": (POST + b"X: " + PART, [431]),
    "a broken chunk": (CHUNKED + b"x\r\n", [400]),
    "a request and a broken one": (POST + b"Content-Length: 1\r\n\r\naPOST\r\n\r\n", [200]),
    "a body that is too large": (LARGE, [413]),
    "another version of WebSockets": (HANDSHAKE.replace(b"13", b"8"), [400]),
    "a WebSocket that is refused": (HANDSHAKE, [403]),
}


@pytest.fixture(params=("plain", "tls"))
def tls(request: pytest.FixtureRequest, tmp_path: Path) -> Tls | None:
    if request.param == "plain":
        return None
    return Tls(*Authority(tmp_path).sign("service"))


@pytest.fixture(params=(asyncio.SelectorEventLoop, loop_factory()), ids=("asyncio", "default"))
def runner(request: pytest.FixtureRequest) -> Any:
    return asyncio.Runner(loop_factory=request.param)


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    """Refuse a large body before it has come, and each WebSocket; echo the rest."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    elif dict(scope["headers"]).get(b"content-length") == b"1000000000":
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
    else:
        await echo(scope, receive, send)


class Client:
    """A blocking connection, whose end must be told by TLS itself."""

    def __init__(self, port: int, tls: Tls | None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        if tls is not None:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket, suppress_ragged_eofs=False)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)
        time.sleep(BETWEEN)

    def read(self) -> bytes:
        """Return what comes until the server ends."""
        parts = []
        while part := self._socket.recv(65_536):
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        self._socket.close()


def serve(runner: Any, tls: Tls | None, test: Callable[[Client], Any], app: Any = refusing) -> None:
    """Run `test` in a thread, against a server that must have no connection or task after it."""

    async def run() -> None:
        before = asyncio.all_tasks()
        metrics = RecordingMetrics()
        server = WebServer("http", app, "127.0.0.1", 0, Limits(), tls, Meter(metrics, "http"))
        await server.start()
        running = asyncio.all_tasks()
        try:
            client = await asyncio.to_thread(Client, server.port, tls)
            try:
                await asyncio.to_thread(test, client)
            finally:
                client.close()
            async with asyncio.timeout(TIMEOUT):
                while metrics.gauges["connections_open:http"] or asyncio.all_tasks() != running:
                    await asyncio.sleep(BETWEEN)
        finally:
            await server.stop(1)
        assert asyncio.all_tasks() == before

    with runner:
        runner.run(run())


def codes(answers: bytes) -> list[int]:
    return [int(each[:3]) for each in answers.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("shape", ENDED)
def test_the_answers_arrive_while_the_client_still_sends(
    shape: str, runner: Any, tls: Tls | None
) -> None:
    request, expected = ENDED[shape]

    def test(client: Client) -> None:
        client.send(request)
        for _ in range(5):
            client.send(PART)
        # The end is told at once, and not only after the time for the rest.
        started = time.monotonic()
        assert codes(client.read()) == expected
        assert time.monotonic() - started < lingering.LINGER / 2

    serve(runner, tls, test)


def test_a_client_that_sends_without_end_is_cut(
    runner: Any, tls: Tls | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "LINGER", 0.3)
    monkeypatch.setattr(lingering, "MOST", 100_000)

    def test(client: Client) -> None:
        started = time.monotonic()
        with pytest.raises((ConnectionError, ssl.SSLError)):
            client.send(b"POST / HTTP\r\n\r\n")
            client.send(MUCH)
        # It had to wait: not all of it was read at once.
        assert lingering.LINGER - 0.1 < time.monotonic() - started < TIMEOUT

    serve(runner, tls, test)


def test_a_slow_reader_gets_the_whole_answer(
    runner: Any, tls: Tls | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "LINGER", 0.1)

    async def much(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", str(len(MUCH)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": MUCH})

    def test(client: Client) -> None:
        client.send(LARGE)
        time.sleep(0.5)
        assert client.read().endswith(b"\r\n\r\n" + MUCH)

    serve(runner, tls, test, much)
