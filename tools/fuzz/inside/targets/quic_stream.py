"""A connection over quic: frames in encrypted packets, and the sessions on its streams."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import StreamDataReceived
from aioquic.tls import Epoch
from chassis.bootstrap import self_signed
from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.quic.certificate import ALPN, WINDOW, QuicCertificate
from chassis.interfaces.quic.protocol import QuicProtocol
from chassis.interfaces.quic.upstream.connection import BoundedConnection
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.tls import Tls

from tools.fuzz.inside.answers import check_shapes
from tools.fuzz.inside.endpoints import CLOSED, OPEN, USE_CASES
from tools.fuzz.inside.jsonrpc import BATCH, NOTIFICATION, REQUESTS, WORDS
from tools.fuzz.inside.loop import run, turns, until

__all__ = ["SEEDS", "WORDS", "check"]

LIMITS = Limits(message_size=4096, in_flight=4, linger=0)
CLIENT, SERVER = ("127.0.0.1", 4433), ("127.0.0.1", 50_000)
STREAMS = 4
LATER = 1000.0
# Bits of the first byte.
ASKS_FOR_TOKENS, READS_NOTHING = 1, 2
# Bytes of a packet: its frames have two bytes for their length before them.
PACKET = 1100
# A packet of one with too few bytes could not be protected.
PADDING = bytes(8)


def _stream(stream: int, data: bytes, *, offset: int = 0, is_last: bool = False) -> bytes:
    """Return a frame with data of a stream."""
    head = bytes([0x0E | is_last, stream]) + (0x4000 | offset).to_bytes(2)
    return head + (0x4000 | len(data)).to_bytes(2) + data


def _packets(*packets: bytes) -> bytes:
    return b"\0" + b"".join(len(each).to_bytes(2) + each for each in packets)


SEEDS = [
    *(_packets(_stream(0, each + b"\n")) for each in (*REQUESTS, BATCH, NOTIFICATION)),
    _packets(*(_stream(4 * n, each + b"\n") for n, each in enumerate(REQUESTS[:4]))),
    # Parts out of order, the end of a stream, and streams that are broken off.
    _packets(_stream(0, BATCH[9:] + b"\n", offset=9), _stream(0, BATCH[:9])),
    _packets(_stream(0, REQUESTS[0], is_last=True), b"\x04\x04\x07\x40\x10", b"\x05\x00\x07"),
    _packets(_stream(2, b"x"), _stream(1, b"x"), b"\x10\x50\0\x11\0\x50\0\x01\x1a" + bytes(8)),
    _packets(_stream(0, b'{"', offset=2000), b"\x1c\x07\0\0", b"\x06\x40\x00\x40\x04abcd"),
    b"\2" + _packets(_stream(0, REQUESTS[0] + b"\n"))[1:],
]


class Owner:
    """Knows the connection's ids, as a server does."""

    def __init__(self, connections: Connections) -> None:
        self.ids: set[bytes] = set()
        self.is_closed = False
        self._connections = connections

    def route(self, connection_id: bytes, protocol: Any) -> None:
        (self.ids.discard if protocol is None else self.ids.add)(connection_id)

    def opened(self, protocol: Any) -> None:
        """Let it."""

    def session(self) -> Any:
        return self._connections.make()

    def closed(self, protocol: Any) -> None:
        assert not self.is_closed, "it has ended twice"
        self.is_closed = True

    def refused(self, reason: str) -> None:
        raise AssertionError(reason)


class Wire(asyncio.DatagramTransport):
    """Keeps what the server sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.sent.append(data)


class Client:
    """Sends packets of any frames, and collects what comes on each stream."""

    def __init__(self, protocol: QuicProtocol, wire: Wire, quic: QuicConnection) -> None:
        self.streams: defaultdict[int, bytes] = defaultdict(bytes)
        self._protocol = protocol
        self._wire = wire
        self._quic: Any = quic

    async def exchange(self) -> None:
        """Let both sides read what the other has sent."""
        loop = asyncio.get_running_loop()
        for _ in range(8):
            await turns(3)
            datagrams, self._wire.sent = self._wire.sent, []
            for datagram in datagrams:
                self._quic.receive_datagram(datagram, SERVER, now=loop.time())
            while (event := self._quic.next_event()) is not None:
                if isinstance(event, StreamDataReceived):
                    self.streams[event.stream_id] += event.data
            for datagram, _ in self._quic.datagrams_to_send(now=loop.time()):
                self._protocol.datagram_received(datagram, CLIENT)

    def inject(self, frames: bytes) -> None:
        """Send a packet of these frames, well protected."""
        quic = self._quic
        number = quic._packet_number
        quic._packet_number += 1
        header = b"\x41" + quic._peer_cid.cid + number.to_bytes(2)
        packet = quic._cryptos[Epoch.ONE_RTT].encrypt_packet(header, frames + PADDING, number)
        self._protocol.datagram_received(packet, CLIENT)


def _certificate() -> QuicCertificate:
    with TemporaryDirectory() as folder:
        path = self_signed.path_of("quic", Path(folder))
        self_signed.make(path)
        return QuicCertificate(Tls(path, path), LIMITS)


CERTIFICATE = _certificate()


def check(data: bytes) -> None:
    """The first byte tells what happens, then come packets with their lengths."""
    if len(data) > 2:
        run(_talk(data[0], list(_split(data[1:]))))


def _split(data: bytes) -> Iterator[bytes]:
    while len(data) > 2:
        size = int.from_bytes(data[:2]) % PACKET
        yield data[2 : 2 + size]
        data = data[2 + size :]


async def _talk(happens: int, packets: list[bytes]) -> None:
    USE_CASES.forget()
    loop = asyncio.get_running_loop()
    connections = Connections(CLOSED if happens & ASKS_FOR_TOKENS else OPEN, LIMITS)
    owner, wire = Owner(connections), Wire()
    quic = QuicConnection(
        configuration=QuicConfiguration(alpn_protocols=[ALPN], verify_mode=ssl.CERT_NONE)
    )
    quic.connect(SERVER, now=loop.time())
    [(first, _)] = quic.datagrams_to_send(now=loop.time())
    own = BoundedConnection(
        CERTIFICATE.configuration,
        quic.original_destination_connection_id,
        None,
        streams=STREAMS,
        asks_clients=False,
    )
    protocol = QuicProtocol(own, owner, LIMITS, CLIENT)
    protocol.connection_made(wire)
    protocol.route(own.host_cid)
    protocol.datagram_received(first, CLIENT)
    client = Client(protocol, wire, quic)
    await client.exchange()
    assert protocol.is_open, "no handshake"
    for packet in packets:
        client.inject(packet)
        _look_at(own, connections)
        if not happens & READS_NOTHING:
            await client.exchange()
    if own.is_ending:
        await until(lambda: not len(connections), "a session outlives its connection")
    await turns()
    await until(lambda: not connections.in_flight, "a request is never done")
    for connection in tuple(connections._open):
        connection.shut_down()
        await turns()
        connection.sweep(loop.time() + LATER)
    if not happens & READS_NOTHING:
        await client.exchange()
    if not owner.is_closed:
        protocol.vanish("the input has ended")
    await turns()
    assert owner.is_closed
    assert not owner.ids, "an id is still known"
    assert not protocol.watched, "a stream is still watched"
    assert len(connections) == 0, "the server still knows a session"
    assert not any(items.is_open for items in USE_CASES.streams), "a stream stays open"
    for sent in client.streams.values():
        *messages, _ = sent.split(b"\n")
        check_shapes(messages, b"\n".join(packets))


def _look_at(own: BoundedConnection, connections: Connections) -> None:
    """Raise where a client has more than it may."""
    assert len(own._streams) <= STREAMS, "too many streams"
    assert len(connections) <= STREAMS, "too many sessions"
    held = sum(len(stream.receiver._buffer) for stream in own._streams.values())
    assert held <= WINDOW, "more than the window"
