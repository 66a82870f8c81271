"""SCTP packets that aiortc would choke on."""

from struct import pack

import pytest
from aiortc.rtcsctptransport import (
    DataChunk,
    HeartbeatChunk,
    InitChunk,
    ReconfigChunk,
    SackChunk,
    StreamResetOutgoingParam,
    serialize_packet,
)

from chassis.interfaces.webrtc.upstream.packet import is_sound


def packet(*chunks: bytes) -> bytes:
    return bytes(12) + b"".join(chunks)


def chunk(kind: int, body: bytes, length: int | None = None) -> bytes:
    size = len(body) + 4 if length is None else length
    return pack("!BBH", kind, 0, size) + body + bytes(-len(body) % 4)


def sack(*gaps: tuple[int, int], duplicates: int = 0, claimed: int | None = None) -> bytes:
    body = pack("!LLHH", 1, 1000, len(gaps) if claimed is None else claimed, duplicates)
    body += b"".join(pack("!HH", *gap) for gap in gaps) + bytes(4 * duplicates)
    return chunk(3, body)


def test_packets_of_aiortc_are_sound() -> None:
    data, init, reset, acknowledgement = DataChunk(), InitChunk(), ReconfigChunk(), SackChunk()
    data.user_data = b"x"
    init.params = [(0xC000, b""), (0x8008, b"\x82")]
    reset.params = [(13, bytes(StreamResetOutgoingParam(1, 2, 3, [4, 5])))]
    acknowledgement.gaps = [(2, 3), (5, 5)]
    beat = HeartbeatChunk()
    beat.params = [(1, b"12345")]
    for each in (data, init, reset, acknowledgement, beat):
        assert is_sound(serialize_packet(5000, 5000, 1, each), outstanding=10), each
    whole = packet(*(bytes(each) for each in (data, acknowledgement)))
    assert is_sound(whole, outstanding=10)


@pytest.mark.parametrize("kind", (4, 5, 6, 9, 130))
@pytest.mark.parametrize("length", (0, 3, 9))
def test_a_parameter_has_a_length_that_fits(kind: int, length: int) -> None:
    assert not is_sound(packet(chunk(kind, pack("!HH", 1, length) + b"1234")), 0)
    assert is_sound(packet(chunk(kind, pack("!HH", 1, 8) + b"1234")), 0)


@pytest.mark.parametrize("kind", (1, 2))
def test_the_parameters_of_an_init_have_lengths_that_fit(kind: int) -> None:
    assert not is_sound(packet(chunk(kind, bytes(16) + pack("!HH", 1, 0))), 0)
    assert not is_sound(packet(chunk(kind, bytes(15))), 0)
    assert is_sound(packet(chunk(kind, bytes(16))), 0)


@pytest.mark.parametrize(
    "given",
    (
        sack((1, 65_535)),
        sack((1, 11)),
        sack((0, 1)),
        sack((3, 2)),
        sack((1, 3), (2, 4)),
        sack(claimed=9),
        sack(duplicates=1)[:-4],
        chunk(3, bytes(11)),
    ),
)
def test_a_sack_names_no_more_than_was_sent(given: bytes) -> None:
    assert not is_sound(packet(given), outstanding=10)


def test_a_sack_of_what_was_sent_is_sound() -> None:
    assert is_sound(packet(sack((1, 2), (4, 10), duplicates=3)), outstanding=10)


@pytest.mark.parametrize("length", (0, 3, 100))
def test_a_chunk_has_a_length_that_fits(length: int) -> None:
    assert not is_sound(packet(chunk(7, b"1234", length)), 0)


def test_data_is_not_empty() -> None:
    assert not is_sound(packet(chunk(0, bytes(12))), 0)
    assert is_sound(packet(chunk(0, bytes(13))), 0)
