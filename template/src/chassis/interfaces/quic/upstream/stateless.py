"""Datagrams that belong to no connection; an answer is at most as long as its question."""

from aioquic._buffer import Buffer
from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE
from aioquic.quic.connection import TRANSPORT_CLOSE_FRAME_CAPACITY
from aioquic.quic.crypto import CryptoPair
from aioquic.quic.packet import (
    QuicErrorCode,
    QuicFrameType,
    QuicHeader,
    QuicPacketType,
    encode_quic_retry,
    encode_quic_version_negotiation,
    pull_quic_header,
)
from aioquic.quic.packet_builder import QuicPacketBuilder


def read(data: bytes, connection_id: int) -> QuicHeader | None:
    """Return the header of a datagram, whose ids have `connection_id` bytes, or None."""
    try:
        return pull_quic_header(Buffer(data=data), host_cid_length=connection_id)
    except ValueError:
        return None


def versions(header: QuicHeader, supported: list[int]) -> bytes:
    """Return the supported versions, for a client that has asked for another one."""
    return encode_quic_version_negotiation(
        source_cid=header.destination_cid,
        destination_cid=header.source_cid,
        supported_versions=supported,
    )


def retry(header: QuicHeader, connection_id: bytes, token: bytes) -> bytes:
    """Return the wish that the client shows its address: by a token that was sent there."""
    assert header.version is not None
    return encode_quic_retry(
        version=header.version,
        source_cid=connection_id,
        destination_cid=header.source_cid,
        original_destination_cid=header.destination_cid,
        retry_token=token,
    )


def refusal(header: QuicHeader, error: QuicErrorCode) -> bytes:
    """Return the end of a connection that was not made, as its first packet."""
    assert header.version is not None
    crypto = CryptoPair()
    crypto.setup_initial(cid=header.destination_cid, is_client=False, version=header.version)
    builder = QuicPacketBuilder(
        host_cid=header.destination_cid,
        peer_cid=header.source_cid,
        version=header.version,
        is_client=False,
        max_datagram_size=SMALLEST_MAX_DATAGRAM_SIZE,
    )
    builder.start_packet(QuicPacketType.INITIAL, crypto)
    frame = builder.start_frame(
        QuicFrameType.TRANSPORT_CLOSE, capacity=TRANSPORT_CLOSE_FRAME_CAPACITY
    )
    for number in (error, QuicFrameType.PADDING, 0):
        frame.push_uint_var(number)
    datagrams, _ = builder.flush()
    return datagrams[0]
