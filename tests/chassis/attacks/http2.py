"""HTTP/2 by hand (RFC 9113), for gRPC calls that no library would make."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from tests.chassis.conformance.tokens import token

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    *(0, 1, 3, 4, 6, 7, 8, 9),
)
END_STREAM, END_HEADERS, ACK, PADDED = 1, 4, 1, 8
HEAD = 9
TIMEOUT = 20.0
SERVICE = "/notifications.v1.NotificationService"
HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE = 1, 4


class Frame(NamedTuple):
    """The frames that the server has sent."""

    kind: int
    flags: int
    stream: int
    payload: bytes


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def setting(name: int, value: int) -> bytes:
    """Return the payload of a setting."""
    return name.to_bytes(2) + value.to_bytes(4)


def hello(settings: bytes = b"") -> bytes:
    """Return what a client begins with; the server's heads then come without a table."""
    return PREFACE + frame(SETTINGS, 0, 0, setting(HEADER_TABLE_SIZE, 0) + settings)


def headers(path: str, *more: tuple[str, str], authorized: bool = True) -> bytes:
    """Return the head of a gRPC call, as HPACK writes it that knows no tables."""
    pairs = [
        *((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "127.0.0.1")),
        *(("te", "trailers"), ("content-type", "application/grpc")),
    ]
    if authorized:
        # A module may keep a head for as long as all attacks take.
        pairs.append(("authorization", f"Bearer {token(exp=int(time.time()) + 3600)}"))
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in (*pairs, *more))


def message(body: bytes, *, is_compressed: bool = False) -> bytes:
    """Return a message of gRPC."""
    return bytes([is_compressed]) + len(body).to_bytes(4) + body


def call(stream: int, method: str, body: bytes, *more: tuple[str, str]) -> bytes:
    """Return a whole call with one message; `stream` is odd, and no other call's."""
    path = f"{SERVICE}/{method}"
    return frame(HEADERS, END_HEADERS, stream, headers(path, *more)) + frame(
        DATA, END_STREAM, stream, message(body)
    )


def split(data: bytes, size: int = 16_384) -> Sequence[bytes]:
    """Return the parts that fit in a frame."""
    return [data[start : start + size] for start in range(0, len(data), size)]


class Connection:
    """A connection whose bytes are the attacker's own; it acknowledges nothing by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *data: bytes) -> None:
        """Send bytes."""
        self.writer.write(b"".join(data))
        await self.writer.drain()

    async def next(self) -> Frame | None:
        """Return the server's next frame, or None at the end."""
        async with asyncio.timeout(TIMEOUT):
            try:
                head = await self.reader.readexactly(HEAD)
                payload = await self.reader.readexactly(int.from_bytes(head[:3]))
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
        return Frame(head[3], head[4], int.from_bytes(head[5:9]), payload)

    async def until_end(self, stream: int) -> list[Frame]:
        """Return the frames of a call until it, or the connection, ends."""
        found: list[Frame] = []
        while (got := await self.next()) is not None:
            with suppress(ConnectionError, RuntimeError):
                if got.kind == SETTINGS and not got.flags & ACK:
                    await self.send(frame(SETTINGS, ACK, 0))
                elif got.kind == PING and not got.flags & ACK:
                    await self.send(frame(PING, ACK, 0, got.payload))
            if got.stream == stream:
                found.append(got)
                if got.flags & END_STREAM or got.kind == RST_STREAM:
                    break
            elif got.kind == GOAWAY:
                found.append(got)
        return found

    async def is_over(self) -> bool:
        """Return whether the server ends the connection."""
        while await self.next() is not None:
            pass
        return True


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """Connect, and say nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _text(text: str) -> bytes:
    data = text.encode()
    length = len(data)
    if length < 127:
        return bytes([length]) + data
    rest, coded = length - 127, bytearray([127])
    while rest >= 128:
        coded.append(rest % 128 + 128)
        rest //= 128
    return bytes([*coded, rest]) + data
