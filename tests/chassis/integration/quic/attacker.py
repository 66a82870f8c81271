"""A client that does what no client of the library would do."""

import asyncio
import os
import socket
from typing import Any

from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import QuicPacketType
from aioquic.quic.packet_builder import QuicPacketBuilder
from aioquic.tls import Epoch

from tests.chassis.integration.quic.serving import Protocol, configuration

LENGTH_AND_OFFSET = 0x0E
CRYPTO = 0x06


def first_datagram() -> bytes:
    """Return the first datagram of a new client."""
    quic = QuicConnection(configuration=configuration())
    quic.connect(("127.0.0.1", 1), now=0.0)
    [(data, _)] = quic.datagrams_to_send(0.0)
    return data


def initial(frame: int, offset: int, data: bytes) -> bytes:
    """Return a first datagram with one frame of the handshake at an offset."""
    quic = QuicConnection(configuration=configuration())
    quic.connect(("127.0.0.1", 1), now=0.0)
    builder = _builder(quic)
    builder.start_packet(QuicPacketType.INITIAL, quic._cryptos[Epoch.INITIAL])
    buffer = builder.start_frame(frame, capacity=20)
    buffer.push_uint_var(offset)
    buffer.push_uint_var(len(data))
    buffer.push_bytes(data)
    datagrams, _ = builder.flush()
    return bytes(datagrams[0])


def send_parts(client: Protocol, stream_id: int, parts: list[tuple[int, bytes]]) -> None:
    """Send these parts of a stream, each at its offset, in one datagram."""
    quic = client._quic
    builder = _builder(quic)
    builder.start_packet(QuicPacketType.ONE_RTT, quic._cryptos[Epoch.ONE_RTT])
    for offset, data in parts:
        buffer = builder.start_frame(LENGTH_AND_OFFSET, capacity=12 + len(data))
        buffer.push_uint_var(stream_id)
        buffer.push_uint_var(offset)
        buffer.push_uint_var(len(data))
        buffer.push_bytes(data)
    datagrams, _ = builder.flush()
    quic._packet_number = builder.packet_number
    assert client._transport is not None
    for datagram in datagrams:
        client._transport.sendto(datagram, quic._network_paths[0].addr)


async def hear(own: socket.socket, seconds: float) -> int:
    """Return how many bytes come in so much time."""
    loop = asyncio.get_running_loop()
    count = 0
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0:
        try:
            count += len(await asyncio.wait_for(loop.sock_recv(own, 65_536), left))
        except TimeoutError:
            break
    return count


def udp(port: int) -> socket.socket:
    """Return a socket for datagrams to the server."""
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.connect(("127.0.0.1", port))
    own.setblocking(False)
    return own


def garbage(size: int) -> bytes:
    """Return bytes of no meaning."""
    return os.urandom(size)


def _builder(quic: Any) -> QuicPacketBuilder:
    return QuicPacketBuilder(
        host_cid=quic.host_cid,
        is_client=True,
        max_datagram_size=1200,
        packet_number=quic._packet_number,
        peer_cid=quic._peer_cid.cid,
        version=quic._version,
    )
