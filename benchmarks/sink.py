"""A collector that takes everything and keeps nothing: what it costs is not the service's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_LENGTH = b"content-length:"


class Sink:
    """Its address, and the bytes of received spans."""

    def __init__(self) -> None:
        self.url = ""
        self.taken = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer each request of a connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                [length] = [line[len(_LENGTH) :] for line in lines if line.startswith(_LENGTH)]
                self.taken += len(await reader.readexactly(int(length)))
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            # Its exporter has ended.
            writer.close()


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """Listen on a free port for as long as the block lasts."""
    taking = Sink()
    server = await asyncio.start_server(taking.answer, "127.0.0.1", 0)
    taking.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield taking
