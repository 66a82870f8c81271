"""Clients that call and read nothing, which no library offers: HTTP/2 by hand (RFC 9113)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING = 0, 1, 4, 6
END_STREAM, END_HEADERS, ACK = 1, 4, 1
# SETTINGS_INITIAL_WINDOW_SIZE: 0, so that no answer may be sent.
NO_WINDOW = (4).to_bytes(2) + (0).to_bytes(4)


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


class Stalled:
    """A client that is alive and well, and gives no answer any room: it answers pings."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._calls = 0
        self._running = asyncio.create_task(self._run())

    @classmethod
    async def connect(cls, port: int) -> "Stalled":
        """Connect from a port of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PREFACE + _frame(SETTINGS, 0, 0, NO_WINDOW))
        return cls(reader, writer)

    def call(self, path: str, message: bytes = b"") -> None:
        """Make a call with this message."""
        stream = 2 * self._calls + 1
        self._calls += 1
        self._writer.write(_frame(HEADERS, END_HEADERS, stream, _head(path)))
        framed = b"\0" + len(message).to_bytes(4) + message
        self._writer.write(_frame(DATA, END_STREAM, stream, framed))

    @property
    def is_cut(self) -> bool:
        """Whether the server has closed the connection."""
        return self._running.done()

    async def close(self) -> None:
        """Leave."""
        self._running.cancel()
        await asyncio.wait([self._running])
        self._writer.close()

    async def _run(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await self._reader.readexactly(9)
                payload = await self._reader.readexactly(int.from_bytes(head[:3]))
                if head[3] in (SETTINGS, PING) and not head[4] & ACK:
                    answer = payload if head[3] == PING else b""
                    self._writer.write(_frame(head[3], ACK, 0, answer))


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
