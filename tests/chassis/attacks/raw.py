"""HTTP by hand: bytes that no client would send."""

import asyncio
from contextlib import suppress

from tests.chassis.attacks.target import Target
from tests.chassis.conformance.tokens import token

TIMEOUT = 15.0
# The server and the path of each surface that HTTP carries.
PLACES = {
    "http": ("http", "/notifications"),
    "sse": ("http", "/stream"),
    "websocket": ("http", "/stream"),
    "ops": ("ops", "/metrics"),
}
UPGRADE = (
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def port_of(target: Target, surface: str) -> int:
    """Return the port of its server."""
    return target.ports[PLACES[surface][0]]


def request(surface: str, more: str = "", path: str = "", method: str = "GET") -> bytes:
    """Return a good request, but for the headers in `more` and the path."""
    head = f"{method} {path or PLACES[surface][1]} HTTP/1.1\r\nhost: localhost\r\n"
    shown = f"authorization: Bearer {token()}\r\n"
    upgrade = UPGRADE if surface == "websocket" else ""
    return f"{head}{shown}{upgrade}{more}\r\n".encode("utf-8", "surrogateescape")


def post(body: bytes, more: str = "") -> bytes:
    """Return the request that registers this."""
    sized = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{more}"
    return request("http", sized, method="POST") + body


async def status(port: int, *parts: bytes) -> int:
    """Return the status of the first answer; 0 if there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(ConnectionError):
            for part in parts:
                writer.write(part)
            await writer.drain()
        line = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(TIMEOUT):
                line = await reader.readline()
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    return int(line.split()[1]) if line else 0
