"""The suite's client for tcp: a line each way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.chassis.conformance.drivers.jsonrpc import WireDriver

LONGEST = 64 * 2**20


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: bytes) -> None:
        """Send a line."""
        self._writer.write(message + b"\n")
        await self._writer.drain()

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield the lines."""
        while line := await self._reader.readline():
            yield line


class Driver(WireDriver):
    """One caller's connection."""

    @classmethod
    @asynccontextmanager
    async def wire(cls, port: int) -> AsyncIterator[Wire]:
        """Connect to 127.0.0.1; raises `OSError`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LONGEST)
        try:
            yield Wire(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
