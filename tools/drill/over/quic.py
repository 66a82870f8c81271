"""A caller over QUIC, by aioquic's own client: JSON-RPC 2.0, a message in each line of a stream."""

import asyncio
import socket
import ssl
from contextlib import suppress

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

from tools.drill.over.caller import UnreachedError
from tools.drill.over.jsonrpc import JsonRpcCaller
from tools.drill.over.tcp import LineSession

ALPN = "shallot-jsonrpc/1"
# Seconds for a handshake.
SHAKE = 5.0


class QuicCaller(JsonRpcCaller):
    """Has a connection with one stream."""

    def __init__(self, port: int, token: str = "") -> None:
        super().__init__(token)
        self._port = port

    async def connect(self) -> "QuicSession":
        """Return a new connection to this machine; raises `UnreachedError`."""
        loop = asyncio.get_running_loop()
        # The certificate is one that the service has made for itself.
        configuration = QuicConfiguration(
            alpn_protocols=[ALPN], verify_mode=ssl.CERT_NONE, server_name="127.0.0.1"
        )
        quic = QuicConnection(configuration=configuration)
        datagrams, protocol = await loop.create_datagram_endpoint(
            lambda: QuicConnectionProtocol(quic), ("127.0.0.1", 0), family=socket.AF_INET
        )
        protocol.connect(("127.0.0.1", self._port))
        # Not cancelled: the library would report the end of a connection without a waiter.
        shaking = asyncio.create_task(protocol.wait_connected())
        await asyncio.wait([shaking], timeout=SHAKE)
        if shaking.done() and shaking.exception() is None:
            return QuicSession(protocol, datagrams, await protocol.create_stream())
        await _end(protocol, datagrams)
        await asyncio.wait([shaking])
        raise UnreachedError(type(shaking.exception()).__name__)


class QuicSession(LineSession):
    """A session on a stream of a connection of its own."""

    def __init__(
        self,
        protocol: QuicConnectionProtocol,
        datagrams: asyncio.DatagramTransport,
        stream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        super().__init__(stream)
        self._protocol = protocol
        self._datagrams = datagrams

    async def close(self) -> None:
        """Close it."""
        with suppress(RuntimeError, ValueError):
            await super().close()
        await _end(self._protocol, self._datagrams)


async def _end(protocol: QuicConnectionProtocol, datagrams: asyncio.DatagramTransport) -> None:
    """Close the connection, and its socket only after the library's last timer."""
    protocol.close()
    await protocol.wait_closed()
    datagrams.close()
