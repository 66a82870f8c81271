"""A client over HTTP/2 that is alive to its server, since it answers pings, whatever it takes."""

import asyncio
from contextlib import suppress

from tools.drill.hostile import http2

HOST = "127.0.0.1"


class Lively:
    """One connection; it counts what becomes of its calls."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made = 0
        self.ended = 0
        self._reader = reader
        self._writer = writer
        self._running = asyncio.create_task(self._run())

    @classmethod
    async def connect(cls, port: int, hello: bytes, address: str = HOST) -> "Lively":
        """Connect from this address, and say hello."""
        reader, writer = await asyncio.open_connection(HOST, port, local_addr=(address, 0))
        writer.write(hello)
        return cls(reader, writer)

    @property
    def is_cut(self) -> bool:
        """Whether the server has closed the connection."""
        return self._running.done()

    def call(self, path: str, message: bytes) -> None:
        """Make a call."""
        self._writer.write(http2.call(2 * self.made + 1, path, message))
        self.made += 1

    async def close(self) -> None:
        """Leave."""
        self._running.cancel()
        await asyncio.wait([self._running])
        self._writer.close()

    async def _run(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await self._reader.readexactly(http2.HEAD)
                payload = await self._reader.readexactly(int.from_bytes(head[:3]))
                self._see(head[3], head[4], payload)

    def _see(self, kind: int, flags: int, payload: bytes) -> None:
        match kind:
            case http2.SETTINGS | http2.PING if not flags & http2.ACK:
                answer = payload if kind == http2.PING else b""
                self._writer.write(http2.frame(kind, http2.ACK, 0, answer))
            case http2.RST_STREAM:
                self.ended += 1
            case http2.HEADERS if flags & http2.END_STREAM:
                self.ended += 1
