"""Clients of quic for the attacks: first datagrams, and a connection whose streams are not read."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, QuicEvent, StreamDataReceived, StreamReset

from tools.drill.over.quic import ALPN

HOST = "127.0.0.1"
SHAKE = 20.0


def configuration() -> QuicConfiguration:
    """Return a client's configuration, which trusts any certificate."""
    return QuicConfiguration(
        alpn_protocols=[ALPN], verify_mode=ssl.CERT_NONE, server_name=HOST, idle_timeout=120
    )


def initial() -> bytes:
    """Return the first datagram of a new client."""
    quic = QuicConnection(configuration=configuration())
    quic.connect((HOST, 1), now=0.0)
    [(datagram, _)] = quic.datagrams_to_send(0.0)
    return datagram


class Client(QuicConnectionProtocol):
    """Counts what comes on each stream, and which of them the service has ended."""

    def __init__(self, quic: QuicConnection) -> None:
        super().__init__(quic)
        self.ended: set[int] = set()
        self.cut: set[int] = set()
        self.is_over = False
        self._next = 0

    def quic_event_received(self, event: QuicEvent) -> None:
        """Keep nothing of what comes."""
        match event:
            case StreamDataReceived() if event.end_stream:
                self.ended.add(event.stream_id)
            case StreamReset():
                self.cut.add(event.stream_id)
            case ConnectionTerminated():
                self.is_over = True

    def stop_reading(self) -> None:
        """Allow the service no more than it may send already."""
        quic = self._quic
        for name in ("_write_stream_limits", "_write_connection_limits"):
            setattr(quic, name, lambda **_: None)

    def open(self, data: bytes) -> int:
        """Open a stream that begins with this data, and return its id."""
        stream = self._next
        self._next += 4
        self._quic.send_stream_data(stream, data)
        self.transmit()
        return stream


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    """Connect; raises `OSError`."""
    loop = asyncio.get_running_loop()
    datagrams, client = await loop.create_datagram_endpoint(
        lambda: Client(QuicConnection(configuration=configuration())),
        (HOST, 0),
        family=socket.AF_INET,
    )
    try:
        client.connect((HOST, port))
        async with asyncio.timeout(SHAKE):
            await client.wait_connected()
        yield client
    finally:
        client.close()
        await client.wait_closed()
        datagrams.close()
