"""A peer's association: SCTP chunks in, and the sessions on its data channels."""

from collections.abc import Iterator
from struct import pack
from typing import Any

from aiortc import RTCDtlsFingerprint
from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtcsctptransport import (
    WEBRTC_DCEP,
    WEBRTC_STRING,
    DataChunk,
    SackChunk,
    parse_packet,
)
from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.jsonrpc.framing.messages import Messages
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.webrtc.offer import Offer
from chassis.interfaces.webrtc.peer import CHANNELS, WebRtcPeer
from chassis.interfaces.webrtc.upstream.agent import Agent
from chassis.interfaces.webrtc.upstream.association import AHEAD
from google_crc32c import value as crc32c

from tools.fuzz.inside.answers import check_shapes
from tools.fuzz.inside.endpoints import CLOSED, OPEN, USE_CASES
from tools.fuzz.inside.jsonrpc import BATCH, NOTIFICATION, REQUESTS
from tools.fuzz.inside.loop import run, turns

LIMITS = Limits(message_size=4096, in_flight=4, linger=0)
# Bits of the first byte.
ASKS_FOR_TOKENS, READS_NOTHING = 1, 2
TAG, PORT = 7, 5000
PACKET = 1200
OPENING = pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"x"
CERTIFICATE = RTCCertificate.generateCertificate()
OFFER = Offer(
    section="0",
    name="name",
    password="p" * 22,
    fingerprint=RTCDtlsFingerprint("sha-256", "00"),
    port=PORT,
    largest=65_536,
    candidates=[],
    size=0,
)


def _chunk(kind: int, body: bytes, flags: int = 0) -> bytes:
    return pack("!BBH", kind, flags, len(body) + 4) + body + bytes(-len(body) % 4)


def _data(tsn: int, data: bytes, stream: int = 1, sequence: int = 0, flags: int = 3) -> bytes:
    """Return a chunk with a whole message, or with a part of one."""
    protocol = WEBRTC_DCEP if data is OPENING else WEBRTC_STRING
    return _chunk(0, pack("!LHHL", tsn, stream, sequence, protocol) + data, flags)


def _packets(*packets: bytes, happens: int = 0) -> bytes:
    return bytes([happens]) + b"".join(len(each).to_bytes(2) + each for each in packets)


_OPENED = _data(1, OPENING)
_RESET = _chunk(130, pack("!HHLLLH", 13, 18, 1, 0, 3, 1))
SEEDS = [
    *(_packets(_OPENED, _data(2, each, sequence=1)) for each in (*REQUESTS, BATCH, NOTIFICATION)),
    _packets(*(_data(n, OPENING, stream=n) for n in range(1, 20))),
    # Parts of a message, out of order, and one that does not end.
    _packets(_OPENED, _data(3, BATCH[9:], 1, 1, 1), _data(2, BATCH[:9], 1, 1, 2)),
    _packets(_OPENED, *(_data(n, b"x" * 900, 1, 1, 2 * (n == 2)) for n in range(2, 9))),
    _packets(_OPENED, _data(2, REQUESTS[8], sequence=1), happens=3),
    _packets(_OPENED, _data(2, REQUESTS[0], sequence=1), _RESET),
    _packets(_chunk(3, pack("!LLHHHH", 0, 9, 1, 0, 1, 9)), _chunk(4, pack("!HH", 1, 8) + bytes(4))),
    _packets(_chunk(1, pack("!LLHHL", 1, 9, 9, 9, 1)), _chunk(6, b""), _chunk(192, bytes(8))),
]
WORDS = [OPENING, _RESET, _OPENED, *(_chunk(kind, b"") for kind in (3, 6, 7, 10, 11, 14))]


class Wire:
    """Keeps the data of what is sent, and acknowledges it unless nothing is read."""

    def __init__(self, *, reads: bool) -> None:
        self.parts: dict[int, DataChunk] = {}
        self.due: list[bytes] = []
        self._reads = reads

    async def send(self, packet: bytes) -> None:
        """Take a packet."""
        _, _, _, chunks = parse_packet(packet)
        for chunk in chunks:
            if isinstance(chunk, DataChunk):
                self.parts[chunk.tsn] = chunk
                if self._reads:
                    told = SackChunk()
                    told.cumulative_tsn, told.advertised_rwnd = chunk.tsn, 100_000
                    self.due.append(bytes(told))

    def messages(self) -> Iterator[bytes]:
        """Yield the whole messages that were sent, in their order."""
        begun: dict[int, bytes] = {}
        for chunk in self.parts.values():
            if chunk.protocol != WEBRTC_DCEP:
                begun[chunk.stream_id] = begun.get(chunk.stream_id, b"") + chunk.user_data
                if chunk.flags & 1:
                    yield begun.pop(chunk.stream_id)


def check(data: bytes) -> None:
    """The first byte tells what happens; each packet has its length before it."""
    if len(data) > 3:
        run(_talk(data[0], list(_split(data[1:])), data))


def _split(data: bytes) -> Iterator[bytes]:
    while len(data) > 2:
        size = int.from_bytes(data[:2]) % PACKET
        yield data[2 : 2 + size]
        data = data[2 + size :]


async def _talk(happens: int, packets: list[bytes], asked: bytes) -> None:
    USE_CASES.forget()
    endpoint = CLOSED if happens & ASKS_FOR_TOKENS else OPEN
    connections = Connections(endpoint, LIMITS, framing=Messages)
    wire = Wire(reads=not happens & READS_NOTHING)
    shared: Any = None
    peer = WebRtcPeer(
        OFFER,
        Agent(shared, [], {}),
        CERTIFICATE,
        "127.0.0.1",
        LIMITS,
        connections.make,
        lambda *_: None,
    )
    association: Any = peer._association
    association.on("datachannel", peer._open)
    association.transport._send_data = wire.send
    association._local_verification_tag, association._remote_port = TAG, PORT
    association._last_received_tsn, association._ssthresh = 0, 100_000
    association._reconfig_response_seq, association._data_channel_id = 0, 0
    association._set_state(association.State.ESTABLISHED)
    for packet in packets:
        if peer._has_ended.is_set():
            break
        await association._handle_data(_signed(packet))
        await turns()
        while wire.due and not peer._has_ended.is_set():
            await association._handle_data(_signed(wire.due.pop(0)))
            await turns(2)
        _check_bounds(peer, association)
    await association.stop()
    await turns(50)
    assert len(connections) == 0, "the server still knows a session"
    assert not any(items.is_open for items in USE_CASES.streams), "a stream stays open"
    check_shapes(wire.messages(), asked)


def _signed(chunks: bytes) -> bytes:
    head = pack("!HHL", PORT, PORT, 0 if chunks[:1] == b"\1" else TAG)
    return head + pack("<L", crc32c(head + bytes(4) + chunks)) + chunks


def _check_bounds(peer: WebRtcPeer, association: Any) -> None:
    held = [part for each in association._inbound_streams.values() for part in each.reassembly]
    size = sum(len(part.user_data) for part in held)
    assert size <= association._whole_window + AHEAD * PACKET, "too much is held"
    assert len(held) <= association._most_parts + 1, "too many parts are held"
    assert len(association._sack_misordered) <= AHEAD, "too much is out of order"
    assert len(peer._channels) <= CHANNELS, "too many channels are open"
