"""A connection: bytes in, lines out, whatever else happens to it meanwhile."""

import asyncio
import json

from chassis.interfaces.jsonrpc.connection import JsonRpcConnection
from chassis.interfaces.jsonrpc.request import MAX_BATCH
from chassis.interfaces.serving.limits import Limits

from tools.fuzz.inside.answers import check_shapes
from tools.fuzz.inside.endpoints import CLOSED, OPEN, USE_CASES
from tools.fuzz.inside.jsonrpc import BATCH, NOTIFICATION, REQUESTS, WORDS
from tools.fuzz.inside.loop import run, turns, until

__all__ = ["SEEDS", "WORDS", "check"]

LIMITS = Limits(message_size=4096, in_flight=4, linger=0)
LATER = 1000.0
# Bits of the first byte.
ASKS_FOR_TOKENS, ENDS, READS_NOTHING, WAITS, IS_CUT = 1, 2, 4, 8, 16

SEEDS = [
    *(b"\x00\x40" + each + b"\n" for each in (*REQUESTS, BATCH, NOTIFICATION)),
    b"\x03\xff%b\n%b\n" % (REQUESTS[8], BATCH),
    b"\x06\xff" + b"\r\n".join(REQUESTS),
    b"\x08\x20" + b"\n".join(REQUESTS[:3]),
    b"\x10\xff" + BATCH + b"\n" + 5000 * b"x",
]


class Owner:
    """A server with one connection."""

    def __init__(self) -> None:
        self.has_left = False

    def admit(self, connection: JsonRpcConnection) -> Exception | None:
        """Take it in."""

    def forget(self, connection: JsonRpcConnection) -> None:
        """Hear that it has closed."""
        assert not self.has_left, "it has closed twice"
        self.has_left = True

    def refused(self, reason: str) -> None:
        """Hear that it is closed unused."""


class Transport(asyncio.Transport):
    """Keeps what is written, and what it was told to do."""

    def __init__(self, connection: JsonRpcConnection) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_reading = True
        self.is_shut = False
        self._connection = connection
        self._is_closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_shut, "written after the end"
        # As asyncio's: what has been closed takes no notice.
        if not self._is_closing:
            self.written += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 1

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.is_shut = True

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self._connection.connection_lost, None)

    abort = close


def check(data: bytes) -> None:
    """The first byte tells what happens, the second how much comes at a time."""
    if len(data) > 2:
        size = data[1] + 1
        run(_talk(data[0], [data[at : at + size] for at in range(2, len(data), size)]))


async def _talk(happens: int, chunks: list[bytes]) -> None:
    USE_CASES.forget()
    loop = asyncio.get_running_loop()
    owner = Owner()
    connection = JsonRpcConnection(owner, CLOSED if happens & ASKS_FOR_TOKENS else OPEN, LIMITS)
    transport = Transport(connection)
    connection.connection_made(transport)
    for number, chunk in enumerate(chunks):
        if happens & READS_NOTHING and number % 4 == 2:
            await turns(3)
            connection.resume_writing()
        if not transport.is_reading:
            await until(lambda: transport.is_reading, "it reads no further")
        if transport.is_closing():
            break
        if happens & READS_NOTHING and number % 4 == 1:
            connection.pause_writing()
        connection.data_received(chunk)
        # A line has two bytes at least.
        assert connection.in_flight < OPEN.in_flight + MAX_BATCH + len(chunk) // 2 + 2
    if connection.is_full and not transport.is_closing():
        connection.resume_writing()
    if happens & IS_CUT and not transport.is_closing():
        transport.abort()
    elif happens & ENDS and not transport.is_closing() and not connection.eof_received():
        transport.close()
    if happens & WAITS:
        connection.sweep(loop.time() + LATER)
    await until(lambda: not connection.is_busy, "a request is never done")
    await turns()
    connection.shut_down()
    await until(lambda: transport.is_shut or transport.is_closing(), "it does not end")
    connection.sweep(loop.time() + LATER)
    await until(lambda: owner.has_left, "it does not close")
    await turns()
    assert not any(items.is_open for items in USE_CASES.streams), "a stream stays open"
    _check(bytes(transport.written), b"".join(chunks))


def _check(written: bytes, asked: bytes) -> None:
    *messages, rest = written.split(b"\n")
    assert not rest, "half a message"
    told = check_shapes(messages, asked)
    for identity in {json.dumps(each["id"]) for each in told} - {"null"}:
        assert b'"id"' in asked or b"\\u" in asked, f"nobody asked under {identity}"
