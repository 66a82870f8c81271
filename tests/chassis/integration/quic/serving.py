"""The quic server over any bus, without a service behind it, and a client of aioquic alone."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import (
    ConnectionTerminated,
    QuicEvent,
    StopSendingReceived,
    StreamDataReceived,
    StreamReset,
)

from app.interfaces.jsonrpc.notification.methods import methods
from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.application.bus import Bus
from chassis.application.message import Message
from chassis.application.ports.authenticator import Authenticator
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.quic.server import QuicServer
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority, Files
from tests.unit.jsonrpc.talk import IDENTITY, Handle

TIMEOUT = 10.0
ALPN = "shallot-jsonrpc/1"


@asynccontextmanager
async def serving(
    handlers: dict[type[Message[Any]], Handle] | None = None,
    *,
    authority: Authority | None = None,
    tls: Tls | None = None,
    meter: Meter | None = None,
    authenticator: Authenticator | None = None,
    streams: int = 100,
    **limits: Any,
) -> AsyncIterator[QuicServer]:
    """Serve on a free port."""
    bounds = Limits(**limits)
    factories = {kind: (lambda each=each: each) for kind, each in (handlers or {}).items()}
    endpoint = Endpoint(
        "quic",
        Bus(factories),
        methods,
        info=Info("A service", "1.2.3"),
        authenticator=authenticator or NoAuthenticator(),
        in_flight=bounds.in_flight,
    )
    with tempfile.TemporaryDirectory() as folder:
        signing = authority or Authority(Path(folder))
        own = tls or Tls(*signing.sign("server"))
        server = QuicServer(endpoint, "127.0.0.1", 0, own, bounds, meter, streams=streams)
        await server.start()
        try:
            yield server
        finally:
            await server.stop(1)


class Protocol(QuicConnectionProtocol):
    """The library's own, which also notes the streams that the server breaks off."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.stopped: set[int] = set()
        self.ended: ConnectionTerminated | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        """Note what the stock protocol ignores."""
        match event:
            case StreamReset():
                self._stream_readers[event.stream_id].set_exception(ConnectionResetError("reset"))
            case StopSendingReceived():
                self.stopped.add(event.stream_id)
            case ConnectionTerminated():
                self.ended = event
        if not isinstance(event, StreamDataReceived) or event.stream_id in self._stream_readers:
            super().quic_event_received(event)


def configuration(authority: Authority | None = None, files: Files | None = None) -> Any:
    """Return a client's configuration, which trusts the authority; without one, any certificate."""
    made = QuicConfiguration(alpn_protocols=[ALPN], server_name="127.0.0.1")
    if authority is None:
        made.verify_mode = 0
    else:
        made.load_verify_locations(str(authority.file))
    if files is not None:
        made.load_cert_chain(*files)
    return made


class Client:
    """One stream."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.stream_id = protocol._quic.get_next_available_stream_id()
        self._reader = asyncio.StreamReader(limit=2**24)
        # So that the next stream has another id.
        protocol._quic.send_stream_data(self.stream_id, b"")
        protocol._stream_readers[self.stream_id] = self._reader

    @classmethod
    @asynccontextmanager
    async def connected(cls, server: QuicServer, made: Any = None) -> AsyncIterator[Self]:
        """Connect."""
        async with connecting(server, made) as protocol:
            yield cls(protocol)

    def another(self) -> "Client":
        """Return another stream of the same connection."""
        return Client(self.protocol)

    def send(self, data: bytes, *, is_last: bool = False) -> None:
        """Send bytes; raises `ConnectionResetError` where the server wants none."""
        try:
            self.protocol._quic.send_stream_data(self.stream_id, data, is_last)
        except (RuntimeError, ValueError) as error:
            raise ConnectionResetError(str(error)) from None
        self.protocol.transmit()

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
            except ConnectionError:
                return True

    async def is_closed_by_reset(self) -> bool:
        """Return whether the server breaks the stream off, whatever came before."""
        async with asyncio.timeout(TIMEOUT):
            try:
                await self._reader.read()
            except ConnectionResetError:
                return True
        return False


@asynccontextmanager
async def connecting(server: QuicServer, made: Any = None) -> AsyncIterator[Protocol]:
    """Connect, without a stream."""
    async with (
        asyncio.timeout(60),
        connect(
            "127.0.0.1",
            server.port,
            configuration=made or configuration(),
            create_protocol=Protocol,
        ) as protocol,
    ):
        assert isinstance(protocol, Protocol)
        yield protocol


def request(identity: int = 1) -> bytes:
    """Return a request for one notification, as a line."""
    return b'{"jsonrpc":"2.0","id":%d,"method":"notifications.get","params":{"id":"%b"}}\n' % (
        identity,
        str(IDENTITY).encode(),
    )


async def until(is_so: Any) -> None:
    """Wait until it is; fails after ten seconds."""
    async with asyncio.timeout(TIMEOUT):
        while not is_so():
            await asyncio.sleep(0.01)
