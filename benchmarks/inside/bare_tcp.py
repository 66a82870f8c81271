"""The limit of asyncio: `bare_tcp streams|protocol` echoes each line.

It runs on the same event loop as the service. `streams` follows the documentation's example of a
server. `protocol` is written by hand, with one write for all lines that come together.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.inside.serving import serve

log = logging.getLogger(__name__)

LIMIT = 1 << 20


async def by_streams(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send each line back, until the end."""
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


class ByProtocol(asyncio.Protocol):
    """Sends the lines back that are whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        """Keep what to write to."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Send back what is whole."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines:
            self._transport.write(b"\n".join([*lines, b""]))


def _streams() -> Coroutine[Any, Any, asyncio.Server]:
    return asyncio.start_server(by_streams, "127.0.0.1", 0, limit=LIMIT)


def _protocol() -> Coroutine[Any, Any, asyncio.Server]:
    return asyncio.get_running_loop().create_server(ByProtocol, "127.0.0.1", 0)


class Bare:
    """A server on any free port."""

    def __init__(self, listen: Callable[[], Coroutine[Any, Any, asyncio.Server]]) -> None:
        self._listen = listen

    async def start(self) -> None:
        """Listen, and log where."""
        self._server = await self._listen()
        port = self._server.sockets[0].getsockname()[1]
        log.info("listening", extra={"server": "tcp", "port": port})

    async def stop(self, grace: float) -> None:
        """Accept no more."""
        self._server.close()


if __name__ == "__main__":
    listen = {"streams": _streams, "protocol": _protocol}[sys.argv[1]]
    serve(lambda: Bare(listen))
