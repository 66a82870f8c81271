"""A stream between peers: bytes in, lines out, however the stream ends."""

import asyncio
from typing import Any

import iroh
from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.p2p.stream import StreamTransport
from chassis.interfaces.serving.limits import Limits

from tools.fuzz.inside.answers import check_shapes
from tools.fuzz.inside.endpoints import CLOSED, OPEN, USE_CASES
from tools.fuzz.inside.jsonrpc import BATCH, NOTIFICATION, REQUESTS, WORDS
from tools.fuzz.inside.loop import run, turns, until

__all__ = ["SEEDS", "WORDS", "check"]

LIMITS = Limits(message_size=4096, in_flight=4, linger=0)
LATER = 1000.0
# How many chunks an input has at most, nearly.
CHUNKS = 100
# Bits of the first byte.
ASKS_FOR_TOKENS, IS_RESET, IS_STOPPED, READS_SLOWLY, LEAVES = 1, 2, 4, 8, 16

SEEDS = [
    *(b"\x00\x40" + each + b"\n" for each in (*REQUESTS, BATCH, NOTIFICATION)),
    b"\x01\xff%b\n%b\n" % (REQUESTS[8], BATCH),
    b"\x02\x20" + b"\r\n".join(REQUESTS),
    b"\x04\x30" + b"\n".join(REQUESTS),
    b"\x08\x50" + b"\n".join(REQUESTS[:3]) + b"\n",
    b"\x18\xff" + BATCH + b"\n" + 5000 * b"x",
]


class Broken(iroh.IrohError):
    """An error as the library raises it."""

    def __init__(self) -> None:
        Exception.__init__(self)

    def message(self) -> str:
        return "Reset(7)"


class Receiving:
    """Gives the chunks, and then the end, an error, or nothing at all."""

    def __init__(self, chunks: list[bytes], happens: int) -> None:
        self.is_read = False
        self.is_stopped = False
        self._chunks = chunks
        self._happens = happens
        self._forever = asyncio.Event()

    async def read(self, size: int) -> bytes:
        assert not self.is_stopped, "read after the end"
        await asyncio.sleep(0)
        if self._chunks:
            return self._chunks.pop(0)
        self.is_read = True
        if self._happens & IS_RESET:
            raise Broken
        if self._happens & LEAVES:
            return b""
        await self._forever.wait()
        return b""

    async def stop(self, code: int) -> None:
        assert not self.is_stopped, "stopped twice"
        self.is_stopped = True


class Sending:
    """Keeps what is written; may take it slowly, or not to the end."""

    def __init__(self, happens: int) -> None:
        self.written = bytearray()
        self.is_finished = self.is_reset = False
        self._happens = happens

    async def write_all(self, data: bytes) -> None:
        assert not self.is_finished, "written after the end"
        await turns(5 if self._happens & READS_SLOWLY else 1)
        if self._happens & IS_STOPPED and len(self.written) > 200:
            raise Broken
        self.written += data

    async def finish(self) -> None:
        assert not self.is_finished, "finished twice"
        self.is_finished = True

    async def stopped(self) -> None:
        await asyncio.sleep(0)

    async def reset(self, code: int) -> None:
        assert not self.is_finished or not self.is_reset, "reset twice"
        self.is_reset = True


class Stream:
    """Both directions."""

    def __init__(self, chunks: list[bytes], happens: int) -> None:
        self.receiving, self.sending = Receiving(chunks, happens), Sending(happens)

    def recv(self) -> Receiving:
        return self.receiving

    def send(self) -> Sending:
        return self.sending


def check(data: bytes) -> None:
    """The first byte tells what happens, the second how much comes at a time."""
    if len(data) > 2:
        # Each chunk takes a turn of the loop, and there are only so many.
        size = max(data[1] + 1, len(data) // CHUNKS)
        chunks = [data[at : at + size] for at in range(2, len(data), size)]
        run(_talk(data[0], chunks, data[2:]))


async def _talk(happens: int, chunks: list[bytes], asked: bytes) -> None:
    USE_CASES.forget()
    loop = asyncio.get_running_loop()
    ended: list[StreamTransport] = []
    connections = Connections(CLOSED if happens & ASKS_FOR_TOKENS else OPEN, LIMITS)
    made = connections.make()
    stream: Any = Stream(chunks, happens)
    transport = StreamTransport(stream, made, ("", 0), ended.append)
    transport.start()
    receiving, sending = stream.receiving, stream.sending
    await until(lambda: receiving.is_read or transport.is_closing(), "it reads no further")
    await until(lambda: not made.is_busy, "a request is never done")
    await turns()
    made.shut_down()
    await until(lambda: sending.is_finished or bool(ended), "it does not end")
    made.sweep(loop.time() + LATER)
    await until(lambda: bool(ended), "it does not close")
    await turns()
    assert ended == [transport], "it has ended twice"
    assert len(connections) == 0, "the server still knows it"
    assert receiving.is_stopped, "the peer may send on"
    assert sending.is_finished or sending.is_reset, "the peer waits for more"
    assert transport.get_write_buffer_size() == 0, "something is left to send"
    assert not any(items.is_open for items in USE_CASES.streams), "a stream stays open"
    *messages, rest = bytes(sending.written).split(b"\n")
    if not happens & (IS_RESET | IS_STOPPED):
        assert not rest, "half a message"
    check_shapes(messages, asked)
