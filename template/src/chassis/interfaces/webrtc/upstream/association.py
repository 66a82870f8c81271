"""The SCTP association of aiortc, with the bounds that it lacks.

It depends on `RTCSctpTransport`: its receiving methods, its receive window, and its queue.
"""

from asyncio import Task, ensure_future
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from aiortc import RTCDataChannel, RTCDtlsTransport, RTCSctpTransport
from aiortc.rtcsctptransport import Chunk, DataChunk, ForwardTsnChunk

from chassis.interfaces.webrtc.upstream.packet import is_sound

# Bytes that a peer may send ahead of what is read, in addition to one whole message.
WINDOW = 262_144
# How far a packet may be ahead of a lost one, in chunks.
AHEAD = 1024
# A message may be split into parts of this size on average, and into so many more.
PART, PARTS = 256, 1024
# Streams that a peer may use: each channel needs one, and its id is odd or even by the role.
STREAMS = 1024

_MODULUS = 2**32


class ProtocolViolation(Exception):
    """The peer sent data that no correct implementation sends."""


class Association(RTCSctpTransport):
    """Holds no more than its window of unread data, and ends at the first violation.

    A sender that respects the window waits. The chunks of one that does not are dropped, and it
    sends them again (RFC 9260, 6.2). `on_failure` gets the reason of the end. `on_too_large` gets a
    channel's id, and the beginning of a message over `message_size` bytes.
    """

    def __init__(
        self,
        transport: RTCDtlsTransport,
        message_size: int,
        on_failure: Callable[[Exception | None], None],
        on_too_large: Callable[[int, bytes], None],
    ) -> None:
        super().__init__(transport)
        self._message_size = message_size
        self._on_failure = on_failure
        self._on_too_large = on_too_large
        self._advertised_rwnd = self._whole_window = message_size + WINDOW
        self._inbound_streams_max = STREAMS
        # Channels must be reliable, so no message is ever skipped.
        self._local_partial_reliability = False
        self._parts = 0
        self._most_parts = PARTS + message_size // PART
        # Channels with a message that is too large: their further data is dropped.
        self._ignored: set[int] = set()
        self._telling: Task[None] | None = None
        # The bytes that sessions have been given but not taken.
        self._held = 0
        # The number of the incomplete message of each stream, and since when it is incomplete.
        self._incomplete: dict[int, tuple[int, float]] = {}

    @property
    def largest(self) -> int:
        """The size of the largest message that the peer takes, in bytes; 0 is no limit."""
        return self._remote_max_message_size

    def unacknowledged(self, identity: int) -> int:
        """Return the bytes of a channel that were passed on, and not confirmed by the peer."""
        return sum(
            len(chunk.user_data)
            for queue in (self._outbound_queue, self._sent_queue)
            for chunk in queue
            if chunk.stream_id == identity
        )

    def hold(self, size: int) -> None:
        """Count bytes that a session does not take yet against the window."""
        self._held += size
        self._advertised_rwnd -= size

    def release(self, size: int) -> None:
        """Count them no more, and tell the peer that the window has opened."""
        self._held -= size
        self._advertised_rwnd += size
        if self._association_state == self.State.ESTABLISHED:
            self._telling = ensure_future(self._send_sack())

    def discard(self, channel: RTCDataChannel) -> None:
        """Close a channel without sending what waits."""
        self._data_channel_queue = deque(
            each for each in self._data_channel_queue if each[0] is not channel
        )
        channel.close()

    def incomplete_for(self, now: float) -> float:
        """Return the age in seconds of the oldest incomplete message; to be called regularly."""
        found: dict[int, tuple[int, float]] = {}
        for identity, stream in self._inbound_streams.items():
            if stream.reassembly:
                number, since = self._incomplete.get(identity, (-1, now))
                is_same = number == stream.sequence_number
                found[identity] = (stream.sequence_number, since if is_same else now)
        self._incomplete = found
        return max((now - since for _, since in found.values()), default=0)

    async def _handle_data(self, data: bytes) -> None:
        try:
            if not is_sound(data, len(self._sent_queue)):
                raise ProtocolViolation("a length in an SCTP packet is wrong")
            await super()._handle_data(data)
        except ConnectionError:
            raise
        except Exception as error:
            # aiortc asserts what a peer must do, and would log each failure at length.
            self._on_failure(error)

    async def _send_chunk(self, chunk: Chunk) -> None:
        # Timers and tasks of aiortc send without asking whether the connection has just ended.
        with suppress(ConnectionError):
            await super()._send_chunk(chunk)

    async def _receive_data_chunk(self, chunk: DataChunk) -> None:
        identity = chunk.stream_id
        if identity >= STREAMS:
            raise ProtocolViolation("the stream's id is too large")
        if identity in self._ignored:
            self._sack_needed = True
            self._mark_received(chunk.tsn)
            return
        if not self._has_room(chunk):
            self._sack_needed = True
            return
        stream = self._get_inbound_stream(identity)
        before = len(stream.reassembly)
        await super()._receive_data_chunk(chunk)
        if stream.reassembly:
            self._parts += len(stream.reassembly) - before
            self._check_parts(identity)
        else:
            self._parts -= before

    async def _receive_forward_tsn_chunk(self, chunk: ForwardTsnChunk) -> None:
        raise ProtocolViolation("partial reliability was not negotiated")

    def _set_state(self, state: RTCSctpTransport.State) -> None:
        super()._set_state(state)
        if state == self.State.CLOSED:
            self._on_failure(None)

    def _data_channel_closed(self, stream_id: int) -> None:
        self._ignored.discard(stream_id)
        super()._data_channel_closed(stream_id)

    def _has_room(self, chunk: DataChunk) -> bool:
        last = self._last_received_tsn
        ahead = 1 if last is None else (chunk.tsn - last) % _MODULUS
        if ahead > _MODULUS // 2:
            # An old one, which only needs another acknowledgement.
            return True
        if ahead > AHEAD:
            return False
        if self._advertised_rwnd >= len(chunk.user_data):
            return True
        # The window is full. One that closes a gap is taken, or nothing could go on.
        return any((tsn - chunk.tsn) % _MODULUS < AHEAD for tsn in self._sack_misordered)

    def _check_parts(self, identity: int) -> None:
        if self._parts > self._most_parts:
            # Streams that were reset are no longer counted.
            self._parts = sum(len(each.reassembly) for each in self._inbound_streams.values())
            if self._parts > self._most_parts:
                raise ProtocolViolation("a message has too many parts")
        if self._whole_window - self._advertised_rwnd - self._held > self._message_size:
            parts = self._inbound_streams[identity].reassembly
            size = sum(len(part.user_data) for part in parts)
            if size > self._message_size:
                self._ignored.add(identity)
                self._parts -= len(parts)
                self._inbound_streams[identity].reassembly = []
                self._advertised_rwnd += size
                self._on_too_large(identity, b"".join(part.user_data for part in parts))
