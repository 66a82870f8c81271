"""Reads one stream of server-sent events, and comes back to it as a browser would."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress

from tools.client.address import Address

# The service writes each block in one piece, its fields in this order. The dividers of the pieces
# (the sizes of HTTP's chunks) are between blocks and are skipped.
_BLOCK = re.compile(
    rb"id: (?P<id>[^\n]+)\n(?:event: (?P<event>[^\n]+)\n)?(?:data: (?P<data>[^\n]*)\n)?\n"
    rb"|retry: (?P<retry>\d+)\n\n"
)
# Blocks that are no events: a heartbeat, and the stream's end.
_OF_THE_STREAM = (None, b"closed")
_HEAD_END = b"\r\n\r\n"

# The time that browsers wait before they reconnect, unless a stream has set one.
RETRY = 3.0


class Blocks:
    """Takes a response apart as it comes, in pieces of any size."""

    def __init__(self, take: Callable[[re.Match[bytes]], None]) -> None:
        self.status = 0
        self._take = take
        self._received = b""

    def feed(self, data: bytes) -> None:
        """Pass on each complete block."""
        self._received += data
        if not self.status:
            head, found, rest = self._received.partition(_HEAD_END)
            if not found:
                return
            self.status = int(head[9:12])
            self._received = rest
        end = 0
        for block in _BLOCK.finditer(self._received):
            self._take(block)
            end = block.end()
        self._received = self._received[end:]


class Reader:
    """One subscriber: where its stream lies, how far it has come, how often it was cut.

    `arrived` gets the data of each event, and the time (`time.monotonic_ns`) at which the bytes
    were there; `event` is what the stream calls it.
    """

    def __init__(
        self, url: str, query: str, arrived: Callable[[bytes, int], None], retry: float = RETRY
    ) -> None:
        self.cuts = 0
        self.resets = 0
        self.refused = 0
        self.event = ""
        # Set for as long as a stream is open and has told where it is.
        self.there = asyncio.Event()
        self.back_at = 0.0
        self._address = Address.of(url)
        self._query = query
        self._arrived = arrived
        self._cursor = b""
        self._retry = retry
        self._now = 0
        self._transport: asyncio.Transport | None = None

    @property
    def cursor(self) -> str:
        """The cursor of the event that `arrived` gets, from which to resume."""
        return self._cursor.decode()

    def move(self, url: str) -> None:
        """Come back to another replica when the stream is lost next time."""
        self._address = Address.of(url)

    def cut(self) -> None:
        """Lose the stream, in the middle of whatever comes."""
        if self._transport is not None:
            self._transport.abort()

    def rewind(self, cursor: str) -> None:
        """Lose the stream, and come back from there."""
        self.cut()
        self._cursor = cursor.encode()

    async def follow(self) -> None:
        """Follow until cancelled; a lost stream is taken up again with its cursor."""
        while True:
            with suppress(OSError):
                await self._once()
            self.cuts += self.there.is_set()
            self.there.clear()
            await asyncio.sleep(self._retry)

    async def _once(self) -> None:
        blocks = Blocks(self._take)
        stream = _Stream(blocks, self._tick)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: stream, *self._address)
        self._transport = transport
        try:
            transport.write(self._request())
            await stream.ended
        finally:
            transport.abort()
        self.refused += blocks.status not in (0, 200)

    def _request(self) -> bytes:
        resume = b"last-event-id: %b\r\n" % self._cursor if self._cursor else b""
        return b"GET /stream%b HTTP/1.1\r\nhost: %b\r\nconnection: close\r\n%b\r\n" % (
            f"?{self._query}".encode() if self._query else b"",
            self._address.host.encode(),
            resume,
        )

    def _tick(self) -> None:
        self._now = time.monotonic_ns()

    def _take(self, block: re.Match[bytes]) -> None:
        if retry := block["retry"]:
            self._retry = int(retry) / 1000
            return
        self._cursor = block["id"]
        if not self.there.is_set():
            self.there.set()
            self.back_at = time.monotonic()
        event = block["event"]
        if event == b"reset":
            self.resets += 1
        elif event not in _OF_THE_STREAM:
            self.event = event.decode()
            self._arrived(block["data"], self._now)


class _Stream(asyncio.Protocol):
    def __init__(self, blocks: Blocks, tick: Callable[[], None]) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._blocks = blocks
        self._tick = tick

    def data_received(self, data: bytes) -> None:
        self._tick()
        self._blocks.feed(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
