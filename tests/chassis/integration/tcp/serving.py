"""The tcp server over any bus, without a service behind it, and a client by hand."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from app.interfaces.jsonrpc.notification.methods import methods
from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.application.bus import Bus
from chassis.application.message import Message
from chassis.application.ports.authenticator import Authenticator
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.tcp.server import TcpServer
from tests.unit.jsonrpc.talk import IDENTITY, Handle

TIMEOUT = 10.0


def endpoint_of(
    handlers: dict[type[Message[Any]], Handle], authenticator: Authenticator, in_flight: int = 256
) -> Endpoint:
    """Return an endpoint with these use cases."""
    factories = {kind: (lambda each=each: each) for kind, each in handlers.items()}
    return Endpoint(
        "tcp",
        Bus(factories),
        methods,
        info=Info("A service", "1.2.3"),
        authenticator=authenticator,
        in_flight=in_flight,
    )


@asynccontextmanager
async def serving(
    handlers: dict[type[Message[Any]], Handle] | None = None,
    *,
    tls: Tls | None = None,
    meter: Meter | None = None,
    authenticator: Authenticator | None = None,
    **limits: Any,
) -> AsyncIterator[TcpServer]:
    """Serve on a free port."""
    bounds = Limits(**limits)
    endpoint = endpoint_of(handlers or {}, authenticator or NoAuthenticator(), bounds.in_flight)
    server = TcpServer("tcp", endpoint, "127.0.0.1", 0, bounds, tls, meter)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(1)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, server: TcpServer, context: ssl.SSLContext | None = None
    ) -> AsyncIterator[Self]:
        """Connect."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, limit=2**24
        )
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        """Send no more, and go on reading."""
        self._writer.write_eof()

    async def line(self) -> Any:
        """Return the next line."""
        async with asyncio.timeout(TIMEOUT):
            return json.loads(await self._reader.readline())

    async def rest(self) -> list[Any]:
        """Return the lines that come until the server closes."""
        async with asyncio.timeout(TIMEOUT):
            return [json.loads(line) for line in (await self._reader.read()).splitlines()]

    async def is_closed(self) -> bool:
        """Return whether the server closes without another word."""
        async with asyncio.timeout(TIMEOUT):
            try:
                return await self._reader.read() == b""
            except (ConnectionError, ssl.SSLError):
                return True


def request(identity: int = 1) -> bytes:
    """Return a request for one notification, as a line."""
    return b'{"jsonrpc":"2.0","id":%d,"method":"notifications.get","params":{"id":"%b"}}\n' % (
        identity,
        str(IDENTITY).encode(),
    )


def deaf(server: TcpServer, room: int = 4096) -> socket.socket:
    """Return a connection that takes little, and whose reads are ours to make."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.connect(("127.0.0.1", server.port))
    made.setblocking(False)
    return made
