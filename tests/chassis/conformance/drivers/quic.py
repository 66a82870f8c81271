"""The suite's client for quic: a line each way on a stream of aioquic's own client."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration

from tests.chassis.conformance.drivers.jsonrpc import WireDriver

LONGEST = 64 * 2**20
# Seconds that a service has to answer. Without one, UDP reports nothing.
HANDSHAKE = 8.0


class Wire:
    """One stream."""

    def __init__(
        self,
        client: QuicConnectionProtocol,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._client = client
        self._reader = reader
        self._writer = writer

    async def send(self, message: bytes) -> None:
        """Send a line."""
        if self._client._closed.is_set():
            raise ConnectionError("the service has closed the connection")
        try:
            self._writer.write(message + b"\n")
        except (RuntimeError, ValueError) as error:
            # So the library says that a stream has ended.
            raise ConnectionError(str(error)) from error

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield the lines; aioquic's reader has room for short ones only."""
        rest = bytearray()
        while data := await self._reader.read(LONGEST):
            rest += data
            *lines, left = bytes(rest).split(b"\n") if b"\n" in data else (rest,)
            for line in lines:
                yield line
            rest = bytearray(left)


class Driver(WireDriver):
    """One caller's connection, with one stream."""

    @classmethod
    @asynccontextmanager
    async def wire(cls, port: int) -> AsyncIterator[Wire]:
        """Connect to 127.0.0.1; raises `OSError`."""
        configuration = QuicConfiguration(
            alpn_protocols=["shallot-jsonrpc/1"], verify_mode=ssl.CERT_NONE, idle_timeout=20
        )
        async with AsyncExitStack() as stack:
            connecting = connect("127.0.0.1", port, configuration=configuration)
            async with asyncio.timeout(HANDSHAKE):
                client = await stack.enter_async_context(connecting)
            reader, writer = await client.create_stream()
            try:
                yield Wire(client, reader, writer)
            finally:
                with suppress(RuntimeError, ValueError):
                    writer.close()
