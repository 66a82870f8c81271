import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.server import WebServer
from chassis.interfaces.serving.upstream.embedded import EmbeddedServer

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"

type Shutdown = Callable[[EmbeddedServer, list[socket.socket]], Awaitable[None]]


async def hello(_: Any, __: Any, send: Any) -> None:
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_who_has_connected_before_the_port_is_closed_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutdown: Shutdown = EmbeddedServer.shutdown
    clients: list[socket.socket] = []

    async def at_the_last_moment(server: EmbeddedServer, sockets: list[socket.socket]) -> None:
        # Nothing is awaited between: the event loop has not seen them.
        for _ in range(3):
            clients.append(socket.create_connection(sockets[0].getsockname()))
            clients[-1].sendall(REQUEST)
        await shutdown(server, sockets)

    monkeypatch.setattr(EmbeddedServer, "shutdown", at_the_last_moment)
    server = WebServer("http", hello, "127.0.0.1", 0, Limits())
    await server.start()

    await server.stop(2)

    assert len(clients) == 3
    for client in clients:
        with client:
            answer = await asyncio.to_thread(client.recv, 1000)
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert b"connection: close" in answer
