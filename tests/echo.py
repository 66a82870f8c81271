"""A server that answers with what it hears, and a proxy before it."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.proxy import Proxy
from tools.client.address import Address

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """Answers what it hears with the same; `heard` is what came, by connection."""

    def __init__(self) -> None:
        self.heard: list[bytearray] = []
        self.ends: list[str] = []
        self.reading = asyncio.Event()
        self.reading.set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; it waits while `reading` is not set."""
        heard = bytearray()
        self.heard.append(heard)
        try:
            while piece := await reader.read(10_000):
                heard += piece
                writer.write(piece)
                await writer.drain()
                await self.reading.wait()
            self.ends.append("closed")
        except ConnectionResetError:
            self.ends.append("reset")
        finally:
            writer.close()


@asynccontextmanager
async def proxied() -> AsyncIterator[tuple[Proxy, Server]]:
    """Run such a server and a proxy before it for as long as the block lasts."""
    echo = Server()
    server = await asyncio.start_server(echo.talk, "127.0.0.1", 0)
    target = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    async with Proxy(target, random.Random(7)) as proxy:
        yield proxy, echo
    server.close()


async def connected(proxy: Proxy) -> Streams:
    """Return a connection that has carried something, so that all of it stands."""
    streams = await asyncio.open_connection(*proxy.address)
    assert await ask(streams, b"hello") == b"hello"
    return streams


async def ask(streams: Streams, question: bytes) -> bytes:
    """Return the answer to a question, which should be the same."""
    streams[1].write(question)
    await streams[1].drain()
    return await streams[0].readexactly(len(question))


async def silent(streams: Streams, seconds: float = 0.3) -> bool:
    """Return whether nothing comes, no end either, for that long."""
    try:
        await asyncio.wait_for(streams[0].read(1), seconds)
    except TimeoutError:
        return True
    return False


async def eventually(found: list[str], wanted: list[str]) -> None:
    """Wait until both are the same."""
    while found != wanted:
        await asyncio.sleep(0.01)
