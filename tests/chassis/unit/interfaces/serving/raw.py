"""Bytes to the embedded server, in segments of one's own, and the answers to them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.server import WebServer

TIMEOUT = 10.0
# Long enough for the server to have read a segment before the next one is sent.
BETWEEN = 0.02


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request with its method, path and body, and accept each WebSocket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    assert scope["type"] == "http"
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    told = b" ".join((scope["method"].encode(), scope["path"].encode(), body))
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


@asynccontextmanager
async def serving(app: Any = echo, meter: Meter | None = None, **limits: Any) -> AsyncIterator[int]:
    """Serve on a free port, which is yielded."""
    server = WebServer("http", app, "127.0.0.1", 0, Limits(**limits), meter=meter)
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop(1)


async def exchange(port: int, segments: Iterable[bytes]) -> bytes:
    """Return what comes until the server closes, even where it has not read all segments."""
    loop = asyncio.get_running_loop()
    answers = b""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setblocking(False)
        with suppress(ConnectionError):
            for segment in segments:
                await loop.sock_sendall(client, segment)
                await asyncio.sleep(BETWEEN)
        with suppress(ConnectionError):
            async with asyncio.timeout(TIMEOUT):
                while part := await loop.sock_recv(client, 65_536):
                    answers += part
    return answers


def bodies(answers: bytes) -> Sequence[bytes]:
    """Return the bodies of the answers, which have to be whole, and are told by their length."""
    found = []
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        lengths = [
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        assert head.startswith(b"HTTP/1.1 "), answers
        size = lengths[0] if lengths else 0
        assert len(rest) >= size
        found.append(rest[:size])
        answers = rest[size:]
    return found
