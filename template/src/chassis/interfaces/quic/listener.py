"""The socket of a server: brings each datagram to its connection."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aioquic.quic.packet import QuicHeader, QuicProtocolVersion

from chassis.interfaces.quic.greeter import CONNECTION_ID, Greeter, Start
from chassis.interfaces.quic.protocol import QuicProtocol
from chassis.interfaces.quic.upstream import stateless
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason

log = logging.getLogger(__name__)

# The first bit of a packet that belongs to a handshake.
LONG = 0x80
VERSIONS: list[int] = [QuicProtocolVersion.VERSION_1, QuicProtocolVersion.VERSION_2]


class DatagramSink(asyncio.DatagramTransport):
    """Sends datagrams; what the system does not take at once is dropped, as by a network."""

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        super().__init__()
        self.is_full = False
        self._transport = transport

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send a datagram, or drop it."""
        if not self.is_full and not self._transport.is_closing():
            self._transport.sendto(data, addr)

    def close(self) -> None:
        """Close the socket."""
        self._transport.close()


class Listener(asyncio.DatagramProtocol):
    """Brings datagrams to their connections; `make` returns a connection that begins."""

    def __init__(
        self,
        limits: Limits,
        make: Callable[[Start, Any], QuicProtocol],
        refused: Callable[[Reason], None],
    ) -> None:
        self.greeter: Greeter
        self.sink: DatagramSink
        self._limits = limits
        self._make = make
        self._refused = refused
        self._routes: dict[bytes, QuicProtocol] = {}

    def route(self, connection_id: bytes, protocol: QuicProtocol | None) -> None:
        """Bring the datagrams with this id to a connection, or to none any more."""
        if protocol is None:
            self._routes.pop(connection_id, None)
        else:
            self._routes[connection_id] = protocol

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # of datagrams
        self.sink = DatagramSink(transport)
        self.greeter = Greeter(self._limits, self.sink.sendto, self._refused)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            self._receive(data, addr)
        except Exception:
            # uvloop would close the socket.
            log.exception("a datagram failed", extra={"server": "quic"})

    def error_received(self, exc: Exception) -> None:
        """Ignore it: a client has closed its port, for example."""

    def pause_writing(self) -> None:
        self.sink.is_full = True

    def resume_writing(self) -> None:
        self.sink.is_full = False

    def _receive(self, data: bytes, address: Any) -> None:
        if not data:
            return
        if not data[0] & LONG:
            protocol = self._routes.get(data[1 : 1 + CONNECTION_ID])
            if protocol is not None:
                protocol.datagram_received(data, address)
            return
        header = stateless.read(data, CONNECTION_ID)
        if header is None:
            return
        protocol = self._routes.get(header.destination_cid)
        if protocol is not None:
            protocol.datagram_received(data, address)
        elif start := self.greeter.greet(header, len(data), address, VERSIONS):
            with self.greeter.handshakes.spending():
                self._begin(header, data, address, start)

    def _begin(self, header: QuicHeader, data: bytes, address: Any, start: Start) -> None:
        protocol = self._make(start, address)
        protocol.connection_made(self.sink)
        protocol.route(header.destination_cid)
        protocol.route(protocol.quic.host_cid)
        protocol.datagram_received(data, address)
        if not protocol.quic.has_begun:
            # It could not be read: nothing stays of it.
            protocol.vanish("no packet")
