"""One connection of a client: its handshake, its streams, and how it ends."""

import asyncio
import logging
from typing import Any, Protocol

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.events import (
    ConnectionIdIssued,
    ConnectionIdRetired,
    ConnectionTerminated,
    HandshakeCompleted,
    QuicEvent,
    StopSendingReceived,
    StreamDataReceived,
    StreamReset,
)
from aioquic.quic.packet import QuicErrorCode

from chassis.interfaces.quic.stream import QuicStreamTransport
from chassis.interfaces.quic.upstream.connection import BoundedConnection
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason

log = logging.getLogger(__name__)


class ProtocolOwner(Protocol):
    """The events of a connection for the server."""

    def route(self, connection_id: bytes, protocol: "QuicProtocol | None") -> None:
        """Bring the datagrams with this id to the connection, or to none any more."""
        ...

    def opened(self, protocol: "QuicProtocol") -> tuple[int, str] | None:
        """The handshake is complete; return an error's code and text to close it, if it may not."""
        ...

    def session(self) -> asyncio.Protocol | None:
        """Return the protocol of a new stream, or None if no more are taken."""
        ...

    def closed(self, protocol: "QuicProtocol") -> None:
        """It has ended."""
        ...

    def refused(self, reason: Reason) -> None:
        """It is closed unused, for a reason."""
        ...


class QuicProtocol(QuicConnectionProtocol):
    """Gives each stream that the client opens to a session of its own.

    A fault of the library ends the connection, not the server.
    """

    def __init__(
        self, quic: BoundedConnection, owner: ProtocolOwner, limits: Limits, peer: tuple[str, int]
    ) -> None:
        super().__init__(quic)
        self.address = peer[0]
        self.is_open = False
        self.watched: set[QuicStreamTransport] = set()
        self.quic = quic
        self._owner = owner
        self._limits = limits
        self._peer = peer
        self._ids: set[bytes] = set()
        self._streams: dict[int, QuicStreamTransport] = {}
        self._made_at = self._heard_at = self._used_at = self._loop.time()
        self._is_pinged = False
        self._has_failed = False

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        self._heard_at = self._loop.time()
        self._is_pinged = False
        try:
            self._quic.receive_datagram(data, addr, now=self._heard_at)  # type: ignore[arg-type]  # bytes
            self._process_events()
            for stream in tuple(self.watched):
                stream.look()
            if self.quic.is_ending:
                # The library itself waits for late packets first.
                self._lose_streams("its client has closed it")
        except Exception:
            self._fail()
        # Not at once: several datagrams that arrive together get one answer.
        self._transmit_soon()

    def transmit_soon(self) -> None:
        """Send in the loop's next turn."""
        self._transmit_soon()

    def transmit(self) -> None:
        if self._has_failed:
            return
        try:
            super().transmit()
        except Exception:
            self._fail()

    def route(self, connection_id: bytes) -> None:
        """Have the datagrams with this id."""
        self._ids.add(connection_id)
        self._owner.route(connection_id, self)

    def quic_event_received(self, event: QuicEvent) -> None:
        match event:
            case StreamDataReceived():
                self._receive(event)
            case ConnectionIdIssued():
                self.route(event.connection_id)
            case ConnectionIdRetired():
                self._ids.discard(event.connection_id)
                self._owner.route(event.connection_id, None)
            case HandshakeCompleted():
                self._open()
            case StreamReset():
                if (stream := self._streams.get(event.stream_id)) is not None:
                    stream.break_off()
                else:
                    self.quic.take_rest(event.stream_id)
                    self.quic.reset_stream(event.stream_id, QuicErrorCode.NO_ERROR)
            case StopSendingReceived():
                if (stream := self._streams.get(event.stream_id)) is not None:
                    stream.abort()
            case ConnectionTerminated():
                self._end(event.reason_phrase)

    def sweep(self, now: float, unused_timeout: float) -> None:
        """Once a second: end it if its client is too slow, or has no stream for that long."""
        limits = self._limits
        if self.quic.is_ending:
            return
        if not self.is_open:
            if now - self._made_at >= limits.handshake_timeout:
                self._owner.refused("handshake")
                self.vanish("no handshake in time")
            return
        if self.is_used:
            self._used_at = now
        elif now - self._used_at >= unused_timeout:
            self.close(reason_phrase="no stream is open")
            return
        if not self._is_pinged and now - self._heard_at >= limits.ping_interval:
            # The library gives up a client that does not answer.
            self._is_pinged = True
            self._quic.send_ping(0)
            self._transmit_soon()

    @property
    def is_used(self) -> bool:
        """Whether a stream is open."""
        return any(not stream.is_lost for stream in self._streams.values())

    def vanish(self, reason: str) -> None:
        """End it without a word to the client."""
        self.quic.vanish(reason)
        self._process_events()
        self.transmit()

    def _open(self) -> None:
        refusal = self._owner.opened(self)
        if refusal is None:
            self.is_open = True
        else:
            self.close(*refusal)

    def _receive(self, event: StreamDataReceived) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is None:
            stream = self._begin(event.stream_id)
        if stream is None:
            self.quic.take(len(event.data))
        else:
            stream.feed(event.data, is_last=event.end_stream)

    def _begin(self, stream_id: int) -> QuicStreamTransport | None:
        session = self._owner.session() if self.is_open else None
        stream = QuicStreamTransport(self, self.quic, stream_id, self._peer)
        self._forget_discarded()
        self._streams[stream_id] = stream
        if session is None:
            stream.refuse()
        else:
            stream.begin(session)
        return stream

    def _forget_discarded(self) -> None:
        """Forget the streams of which no further data can arrive."""
        streams = self._streams.items()
        gone = [key for key, it in streams if it.is_lost and not self.quic.has_stream(key)]
        for key in gone:
            del self._streams[key]

    def _handle_timer(self) -> None:
        try:
            super()._handle_timer()
        except Exception:
            self._fail()

    def _fail(self) -> None:
        if self._has_failed:
            return
        self._has_failed = True
        log.exception("a connection failed", extra={"server": "quic"})
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed.is_set():
            self._closed.set()
            self._end("it failed")

    def _end(self, reason: str) -> None:
        for connection_id in self._ids:
            self._owner.route(connection_id, None)
        self._ids.clear()
        self._lose_streams(reason)
        self._owner.closed(self)

    def _lose_streams(self, reason: str) -> None:
        for stream in self._streams.values():
            stream.lose(ConnectionResetError(f"the connection has ended: {reason}"))
