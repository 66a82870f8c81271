"""Clients that are slow to read, against sockets of our own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.server import WebServer
from tests.unit.support import RecordingMetrics

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
# More than systems buffer for a connection.
SIZE = 32 * 1024 * 1024


class Large:
    """Answers with `SIZE` bytes, and reports each answer that is sent or given up."""

    def __init__(self) -> None:
        self.done = asyncio.Semaphore(0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        headers = [(b"content-length", str(SIZE).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * SIZE})
        self.done.release()


@asynccontextmanager
async def connected(app: Large, send_timeout: float) -> AsyncIterator[socket.socket]:
    server = WebServer("http", app, "127.0.0.1", 0, Limits(send_timeout=send_timeout))
    await server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.setblocking(False)
            yield client
    finally:
        await server.stop(1)


async def test_who_asks_again_and_reads_nothing_is_cut_off() -> None:
    app = Large()
    async with connected(app, send_timeout=0.1) as deaf:
        # The second answer waits until the first one is read.
        await asyncio.get_running_loop().sock_sendall(deaf, REQUEST + REQUEST)
        for _ in range(2):
            await asyncio.wait_for(app.done.acquire(), 10)

        assert await read(deaf) < SIZE


async def test_one_too_many_that_says_nothing_is_closed_soon() -> None:
    metrics = RecordingMetrics()
    limits = Limits(connections=1, linger=0.1)
    server = WebServer("http", Large(), "127.0.0.1", 0, limits, meter=Meter(metrics, "http"))
    await server.start()
    try:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address) as first, socket.create_connection(address) as over:
            for each in (first, over):
                each.setblocking(False)
            assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(over, 1), 10) == b""
            assert metrics.counters["connections_refused:http:connections"] == 1
            with pytest.raises(BlockingIOError):
                first.recv(1)
    finally:
        await server.stop(1)


async def test_who_reads_slowly_is_not() -> None:
    loop = asyncio.get_running_loop()
    async with connected(Large(), send_timeout=1) as slow:
        await loop.sock_sendall(slow, REQUEST)
        got = 0
        # Longer than a deaf client would be left alone.
        end = loop.time() + 3.5
        while loop.time() < end:
            got += len(await loop.sock_recv(slow, 65_536))
            await asyncio.sleep(0.05)
        await loop.sock_sendall(slow, LAST)

        assert got + await read(slow) > 2 * SIZE


async def read(connection: socket.socket) -> int:
    """Return how many bytes come until the server closes."""
    loop = asyncio.get_running_loop()
    size = 0
    with suppress(ConnectionResetError):
        while part := await asyncio.wait_for(loop.sock_recv(connection, 1024 * 1024), 10):
            size += len(part)
    return size
