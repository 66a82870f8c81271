"""One stream as a transport of asyncio, with back-pressure in both directions."""

import asyncio
from typing import Protocol

from aioquic.quic.packet import QuicErrorCode

from chassis.interfaces.quic.upstream.connection import BoundedConnection

# As asyncio's own: writing goes on once so much less waits than the high-water mark.
LOW = 4


class Carrier(Protocol):
    """The connection of a stream."""

    # Streams to be told once the client has acknowledged more.
    watched: set["QuicStreamTransport"]

    def transmit_soon(self) -> None:
        """Send in the loop's next turn."""
        ...


class QuicStreamTransport(asyncio.Transport):
    """Carries the bytes of one stream to a protocol and back.

    A write waits until the client has acknowledged it, and counts as unsent until then. While
    reading is paused, the client may send the rest of its window. A closed stream takes no more
    from the client, and asks one to stop that goes on: this side cannot half-close it.
    """

    def __init__(
        self, carrier: Carrier, quic: BoundedConnection, stream_id: int, peer: tuple[str, int]
    ) -> None:
        super().__init__({"peername": peer})
        self.stream_id = stream_id
        self._carrier = carrier
        self._quic = quic
        self._loop = asyncio.get_running_loop()
        self._protocol: asyncio.Protocol
        self._held: list[bytes] = []
        self._taken = 0
        self._high = 65_536
        self._is_full = False
        self._is_paused = False
        self._at_eof = False
        self._is_stopped = False
        self._is_closing = False
        self.is_lost = False

    def begin(self, protocol: asyncio.Protocol) -> None:
        """Let `protocol` have the stream."""
        self._protocol = protocol
        protocol.connection_made(self)

    def refuse(self) -> None:
        """Take nothing, and answer nothing."""
        self.is_lost = self._is_closing = True
        self._break_off()

    def feed(self, data: bytes, *, is_last: bool) -> None:
        """The client has sent data, or the end of it."""
        if self._is_closing:
            self._quic.take(len(data))
            if not is_last and not self._is_stopped:
                self._is_stopped = True
                self._quic.stop(self.stream_id)
            return
        self._at_eof = self._at_eof or is_last
        if data:
            self._held.append(data)
        if not self._is_paused:
            self._deliver()

    def break_off(self) -> None:
        """The client has broken off what it sends; after its own close nothing was missing."""
        self._quic.take_rest(self.stream_id)
        if not self._is_closing:
            self.abort()

    def look(self) -> None:
        """Go on if the client has acknowledged enough."""
        if self._is_closing and self._quic.is_sent(self.stream_id):
            self.lose(None)
        elif self._is_full and self.get_write_buffer_size() <= self._high // LOW:
            self._is_full = False
            if not self._is_closing:
                self._carrier.watched.discard(self)
            self._protocol.resume_writing()

    def lose(self, error: Exception | None) -> None:
        """The stream has ended, with an error or without."""
        if self.is_lost:
            return
        self.is_lost = self._is_closing = True
        self._drop()
        self._carrier.watched.discard(self)
        self._loop.call_soon(self._protocol.connection_lost, error)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_closing:
            return
        self._quic.send(self.stream_id, bytes(data))
        self._carrier.transmit_soon()
        if not self._is_full and self.get_write_buffer_size() > self._high:
            self._is_full = True
            self._carrier.watched.add(self)
            self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._drop()
        self._quic.send(self.stream_id, b"", is_last=True)
        self._carrier.watched.add(self)
        self._carrier.transmit_soon()

    def abort(self) -> None:
        if self.is_lost:
            return
        self._break_off()
        self.lose(None)

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._loop.call_soon(self._deliver)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = self._high if high is None else high

    def get_write_buffer_size(self) -> int:
        return self._quic.unsent(self.stream_id)

    def _deliver(self) -> None:
        while self._held and not self._is_paused and not self._is_closing:
            data = self._held.pop(0)
            self._protocol.data_received(data)
            self._taken += len(data)
            self._quic.take(len(data))
            self._quic.take_from(self.stream_id, self._taken)
        if not self._at_eof or self._held or self._is_paused or self._is_closing:
            return
        self._at_eof = False
        if not self._protocol.eof_received():
            self.close()

    def _break_off(self) -> None:
        self._quic.reset_stream(self.stream_id, QuicErrorCode.NO_ERROR)
        self._quic.stop(self.stream_id)
        self._carrier.transmit_soon()

    def _drop(self) -> None:
        self._quic.take(sum(map(len, self._held)))
        self._held.clear()
