"""The p2p server over any bus, without a service behind it, and a peer by the library alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, Self

import iroh

from app.interfaces.jsonrpc.notification.methods import methods
from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.application.bus import Bus
from chassis.application.message import Message
from chassis.application.ports.authenticator import Authenticator
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.p2p.allowed_peers import AllowedPeers
from chassis.interfaces.p2p.discovery.discovery import Discovery
from chassis.interfaces.p2p.discovery.static import StaticDiscovery
from chassis.interfaces.p2p.identity import Identity
from chassis.interfaces.p2p.server import P2pServer
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from tests.chassis.conformance.drivers.p2p import KEY, connection
from tests.unit.jsonrpc.talk import IDENTITY, Handle

TIMEOUT = 10.0


@asynccontextmanager
async def serving(
    handlers: dict[type[Message[Any]], Handle] | None = None,
    *,
    meter: Meter | None = None,
    authenticator: Authenticator | None = None,
    host: str = "127.0.0.1",
    listed: Collection[str] = (),
    is_open: bool = True,
    per_peer: int = 64,
    discovery: Discovery | None = None,
    **limits: Any,
) -> AsyncIterator[P2pServer]:
    """Serve on a free port."""
    bounds = Limits(**limits)
    factories = {kind: (lambda each=each: each) for kind, each in (handlers or {}).items()}
    endpoint = Endpoint(
        "p2p",
        Bus(factories),
        methods,
        info=Info("A service", "1.2.3"),
        authenticator=authenticator or NoAuthenticator(),
        in_flight=bounds.in_flight,
    )
    server = P2pServer(
        endpoint,
        Identity(KEY),
        host,
        0,
        AllowedPeers(listed, is_open=is_open),
        discovery or StaticDiscovery(()),
        bounds,
        per_peer,
        meter,
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop(1)


class Client:
    """One stream of a connection."""

    def __init__(self, connected: iroh.Connection, stream: iroh.BiStream) -> None:
        self.connection = connected
        self.receiving, self.sending = stream.recv(), stream.send()
        self._rest = b""

    @classmethod
    @asynccontextmanager
    async def connected(cls, server: P2pServer, key: bytes | None = None) -> AsyncIterator[Self]:
        """Connect, and open a stream."""
        async with peer(server, key) as connected:
            yield await cls.opened(connected)

    @classmethod
    async def opened(cls, connected: iroh.Connection) -> Self:
        """Open a stream."""
        async with asyncio.timeout(TIMEOUT):
            return cls(connected, await connected.open_bi())

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        await self.sending.write_all(data)

    async def end(self) -> None:
        """Send no more, and go on reading."""
        await self.sending.finish()

    async def line(self) -> Any:
        """Return the next line."""
        async with asyncio.timeout(TIMEOUT):
            while b"\n" not in self._rest:
                data = await self.receiving.read(65_536)
                assert data, "the stream has ended"
                self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    async def rest(self) -> list[Any]:
        """Return the lines that come until the server ends the stream."""
        async with asyncio.timeout(TIMEOUT):
            while data := await self.receiving.read(65_536):
                self._rest += data
        return [json.loads(line) for line in self._rest.splitlines()]

    async def is_closed(self) -> bool:
        """Return whether the server closes without another word."""
        async with asyncio.timeout(TIMEOUT):
            try:
                return await self.receiving.read(1) == b""
            except iroh.IrohError:
                return True


@asynccontextmanager
async def peer(server: P2pServer, key: bytes | None = None) -> AsyncIterator[iroh.Connection]:
    """Connect to the server as a peer with that key, or with a fresh one."""
    async with connection(f"127.0.0.1:{server.port}", key=key) as connected:
        yield connected


async def farewell(connected: iroh.Connection) -> str:
    """Return why the server closes the connection."""
    async with asyncio.timeout(TIMEOUT):
        return await connected.closed()


def node_id(key: bytes) -> str:
    """Return the node id of a key."""
    return str(iroh.SecretKey.from_bytes(key).public())


def request(identity: int = 1) -> bytes:
    """Return a request for one notification, as a line."""
    return b'{"jsonrpc":"2.0","id":%d,"method":"notifications.get","params":{"id":"%b"}}\n' % (
        identity,
        str(IDENTITY).encode(),
    )
