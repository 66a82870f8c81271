"""A client that calls and reads nothing, which no library offers: HTTP/2 by hand (RFC 9113)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS = 1, 4


@asynccontextmanager
async def deaf(port: int, path: str, calls: int) -> AsyncIterator[None]:
    """Make that many calls, each with an empty message, for as long as the block lasts."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(PREFACE + _frame(SETTINGS, 0, 0, b""))
        for number in range(calls):
            stream = 2 * number + 1
            writer.write(_frame(HEADERS, END_HEADERS, stream, _head(path)))
            writer.write(_frame(DATA, END_STREAM, stream, bytes(5)))
        await writer.drain()
        yield
    finally:
        writer.close()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes((kind, flags)) + stream.to_bytes(4) + payload


def _head(path: str) -> bytes:
    pairs = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "here",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    # Literals without a table; none is longer than 126 bytes.
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in pairs.items())


def _text(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()
