"""The embedded server against sockets of our own, which can misbehave as no client library does."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chassis.interfaces.serving.abort import abort
from chassis.interfaces.serving.errors import CannotBind, PortTaken, StartError
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.server import WebServer

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"

type Handler = Callable[[Any, Any, Any], Awaitable[None]]


async def hello(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@asynccontextmanager
async def serving(app: Handler = hello, **limits: Any) -> AsyncIterator[WebServer]:
    server = WebServer("http", app, "127.0.0.1", 0, Limits(**limits))
    await server.start()
    try:
        yield server
    finally:
        await server.stop(1)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """Return the next answer of a request that is answered with `hello`."""
        return await asyncio.wait_for(self._reader.readuntil(b"hello"), 5)

    async def rest(self) -> bytes:
        """Return what comes until the server closes."""
        return await asyncio.wait_for(self._reader.read(), 5)

    async def closed(self) -> bool:
        return self._reader.at_eof() or await self.rest() == b""


@asynccontextmanager
async def connected(server: WebServer) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


async def test_tells_the_port_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chassis")
    async with serving() as server, connected(server) as client:
        await client.send(REQUEST)
        assert b"200 OK" in await client.answer()
        port = server.port

    [line] = [record for record in caplog.records if record.message == "listening"]
    told = vars(line)
    assert (told["server"], told["host"], told["port"]) == ("http", "127.0.0.1", port)
    assert port > 0


async def test_taken_port_is_named() -> None:
    async with serving() as other:
        server = WebServer("http", hello, "127.0.0.1", other.port)
        with pytest.raises(PortTaken) as taken:
            await server.start()

    assert str(taken.value) == (
        f"HTTP_PORT {other.port} on 127.0.0.1 is taken: set HTTP_PORT to a free port, or 0 for any"
    )


async def test_address_of_another_machine_is_named() -> None:
    with pytest.raises(CannotBind, match="set HTTP_HOST to an address of this machine"):
        await WebServer("http", hello, "192.0.2.1", 0).start()


async def test_failed_start_of_the_application_is_an_error() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    server = WebServer("http", failing, "127.0.0.1", 0)
    with pytest.raises(StartError, match="the log says why"):
        await server.start()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_start_can_be_given_up() -> None:
    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    server = WebServer("http", hanging, "127.0.0.1", 0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(server.start(), 0.1)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


async def test_stops_at_once_when_idle() -> None:
    async with serving() as server, connected(server) as client:
        await client.send(REQUEST)
        await client.answer()
        started = time.monotonic()
        await server.stop(5)

        assert time.monotonic() - started < 1
        assert await client.closed()


async def test_answers_what_was_accepted_and_accepts_no_more() -> None:
    accepted, go = asyncio.Event(), asyncio.Event()

    async def waiting(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        accepted.set()
        await go.wait()
        await hello(scope, receive, send)

    async with serving(waiting) as server, connected(server) as client:
        await client.send(REQUEST)
        await accepted.wait()
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.2)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        go.set()

        assert b"connection: close" in await client.rest()
        await stopping


async def test_a_client_that_leaves_is_heard_of_while_its_next_request_waits() -> None:
    left = asyncio.Event()

    async def drip(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        leaving = asyncio.create_task(gone(receive))
        while not leaving.done():
            await send({"type": "http.response.body", "body": b"hello", "more_body": True})
            await asyncio.sleep(0.01)
        left.set()

    async with serving(drip) as server:
        async with connected(server) as client:
            await client.send(REQUEST * 2)
            await client.answer()
        await asyncio.wait_for(left.wait(), 5)


async def test_request_on_an_open_connection_is_answered_while_draining() -> None:
    async with serving() as server, connected(server) as client:
        await client.send(REQUEST)
        await client.answer()
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0)
        await client.send(REQUEST)

        assert b"200 OK" in await client.rest()
        await stopping


async def test_ends_within_the_grace_whatever_hangs(caplog: pytest.LogCaptureFixture) -> None:
    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await asyncio.Event().wait()

    async with serving(hanging) as server, connected(server) as client:
        await client.send(REQUEST)
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await server.stop(1)

    assert time.monotonic() - started < 1.3
    assert "requests cut off" in caplog.messages


@pytest.mark.parametrize(
    "head",
    (
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\n", id="half a head"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n{", id="half a body"
        ),
    ),
)
async def test_slow_request_is_closed(head: bytes) -> None:
    async def reading(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        while (await receive()).get("more_body"):
            pass

    async with serving(reading, request_timeout=0.1) as server, connected(server) as client:
        await client.send(head)

        assert b"200 OK" not in await client.rest()


async def test_endless_head_is_refused() -> None:
    async with serving(head_size=1000) as server, connected(server) as client:
        await client.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 2000)

        assert (await client.rest()).startswith(b"HTTP/1.1 431 ")


async def test_one_connection_too_many_is_told_so() -> None:
    async with serving(connections=1) as server, connected(server) as first:
        await first.send(REQUEST)
        await first.answer()
        async with connected(server) as second:
            await second.send(REQUEST)
            answer = await second.rest()

        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in answer
        assert b"application/problem+json" in answer


async def test_garbage_is_refused_and_the_server_lives() -> None:
    async with serving() as server:
        async with connected(server) as client:
            await client.send(b"\x16\x03\x01 not HTTP\r\n\r\n")
            assert (await client.rest()).startswith(b"HTTP/1.1 400 ")
        async with connected(server) as client:
            await client.send(REQUEST)
            assert b"200 OK" in await client.answer()


async def test_client_that_reads_nothing_can_be_cut_off() -> None:
    cut = asyncio.Event()

    async def flooding(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            async with asyncio.timeout(0.2):
                while True:
                    body = b"x" * 65_536
                    await send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            assert abort(scope)
            while (await receive())["type"] != "http.disconnect":
                pass
            cut.set()

    async with serving(flooding) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as deaf:
            deaf.sendall(REQUEST)
            await asyncio.wait_for(cut.wait(), 5)
