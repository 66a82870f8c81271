"""A QUIC connection whose memory is bounded, and whose streams tell what was acknowledged.

aioquic doubles a limit of flow control once half of it was used, although the application has not
taken the data yet. It allocates the bytes of a gap in a stream or in a handshake before they
arrive. And it takes any number of bytes to be sent.
"""

from aioquic._buffer import Buffer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import (
    QuicConnection,
    QuicConnectionError,
    QuicConnectionState,
    QuicReceiveContext,
)
from aioquic.quic.events import ConnectionTerminated
from aioquic.quic.packet import QuicErrorCode, QuicFrameType
from aioquic.quic.packet_builder import QuicPacketBuilder
from aioquic.quic.recovery import QuicPacketSpace
from aioquic.quic.stream import QuicStream
from cryptography.x509 import Certificate

# Bytes of the handshake from one client, in each of its three parts: a chain of certificates is the
# largest.
HANDSHAKE_SIZE = 32_768
# Gaps in one stream: more than a window has packets. Each further frame would be sorted among them.
GAPS = 256


class BoundedConnection(QuicConnection):
    """A server's connection with at most `streams` open ones, each in both directions.

    The client may send as many bytes as the windows of `configuration` have, `max_data` and
    `max_stream_data`, and further ones as the application takes them. With `asks_clients` it is
    asked for a certificate.
    """

    def __init__(
        self,
        configuration: QuicConfiguration,
        original: bytes,
        retried: bytes | None,
        *,
        streams: int,
        asks_clients: bool,
    ) -> None:
        super().__init__(
            configuration=configuration,
            original_destination_connection_id=original,
            retry_source_connection_id=retried,
        )
        for limit, count in (
            (self._local_max_streams_bidi, streams),
            (self._local_max_streams_uni, 0),
        ):
            limit.value = limit.sent = count
        self._asks_clients = asks_clients
        self._taken = 0

    @property
    def has_begun(self) -> bool:
        """Whether a packet could be read."""
        return self._state is not QuicConnectionState.FIRSTFLIGHT

    @property
    def is_ending(self) -> bool:
        """Whether one side has closed it."""
        return self._close_event is not None

    @property
    def client_certificates(self) -> list[Certificate]:
        """The client's certificate and its chain, whose key it has; empty without one."""
        own = self.tls._peer_certificate
        return [] if own is None else [own, *self.tls._peer_certificate_chain]

    def has_stream(self, stream_id: int) -> bool:
        """Return whether a stream is there, because one of its directions has not ended."""
        return stream_id in self._streams

    def send(self, stream_id: int, data: bytes, *, is_last: bool = False) -> None:
        """Send data, unless the client wants none or has left."""
        stream = self._streams.get(stream_id)
        if stream is None or is_broken_off(stream) or stream.sender._buffer_fin is not None:
            return
        stream.sender.write(data, is_last)

    def unsent(self, stream_id: int) -> int:
        """Return how many bytes the client has not acknowledged, sent or not."""
        stream = self._streams.get(stream_id)
        if stream is None or is_broken_off(stream):
            return 0
        return stream.sender._buffer_stop - stream.sender._buffer_start

    def is_sent(self, stream_id: int) -> bool:
        """Return whether the client has acknowledged all data and its end, or wants none."""
        stream = self._streams.get(stream_id)
        return stream is None or stream.sender.is_finished or is_broken_off(stream)

    def stop(self, stream_id: int) -> None:
        """Ask the client to send no more, if it has not ended."""
        stream = self._streams.get(stream_id)
        if stream is not None and not stream.receiver.is_finished:
            stream.receiver.stop(QuicErrorCode.NO_ERROR)

    def take(self, size: int) -> None:
        """The application has taken `size` bytes: all streams together may have as many more."""
        self._taken += size
        window = self._configuration.max_data
        most = self._taken + window
        if most - self._local_max_data.value >= window // 2:
            self._local_max_data.value = most

    def take_from(self, stream_id: int, taken: int) -> None:
        """The application has taken `taken` bytes of a stream so far."""
        stream = self._streams.get(stream_id)
        if stream is None or stream.receiver.is_finished:
            return
        window = self._configuration.max_stream_data
        most = taken + window
        if most - stream.max_stream_data_local >= window // 2:
            stream.max_stream_data_local = most

    def take_rest(self, stream_id: int) -> None:
        """The client has broken a stream off: what is missing of it does not arrive any more."""
        stream = self._streams.get(stream_id)
        if stream is not None:
            self.take(stream.receiver.highest_offset - stream.receiver._buffer_start)

    def vanish(self, reason: str) -> None:
        """End it without a word: perhaps the client has never been at that address."""
        self._close_event = ConnectionTerminated(
            error_code=QuicErrorCode.NO_ERROR,
            frame_type=QuicFrameType.PADDING,
            reason_phrase=reason,
        )
        self._close_end()

    def _initialize(self, peer_cid: bytes) -> None:
        super()._initialize(peer_cid)
        self.tls._request_client_certificate = self._asks_clients

    def _get_or_create_stream(self, frame_type: int, stream_id: int) -> QuicStream:
        stream = super()._get_or_create_stream(frame_type, stream_id)
        if len(stream.receiver._ranges) > GAPS:
            raise QuicConnectionError(
                QuicErrorCode.PROTOCOL_VIOLATION, frame_type, "Too many gaps in a stream"
            )
        return stream

    def _handle_crypto_frame(
        self, context: QuicReceiveContext, frame_type: int, buf: Buffer
    ) -> None:
        start = buf.tell()
        end = buf.pull_uint_var() + buf.pull_uint_var()
        if end > HANDSHAKE_SIZE:
            raise QuicConnectionError(
                QuicErrorCode.CRYPTO_BUFFER_EXCEEDED, frame_type, "The handshake is too large"
            )
        buf.seek(start)
        super()._handle_crypto_frame(context, frame_type, buf)

    def _write_connection_limits(self, builder: QuicPacketBuilder, space: QuicPacketSpace) -> None:
        # Not doubled if nothing seems to be used.
        limit = self._local_max_data
        used, limit.used = limit.used, 0
        try:
            super()._write_connection_limits(builder=builder, space=space)
        finally:
            limit.used = used

    def _write_stream_limits(
        self, builder: QuicPacketBuilder, space: QuicPacketSpace, stream: QuicStream
    ) -> None:
        if stream.max_stream_data_local == stream.max_stream_data_local_sent:
            return
        receiver = stream.receiver
        highest, receiver.highest_offset = receiver.highest_offset, 0
        try:
            super()._write_stream_limits(builder=builder, space=space, stream=stream)
        finally:
            receiver.highest_offset = highest


def is_broken_off(stream: QuicStream) -> bool:
    """Return whether nothing more is sent, by the wish of one side."""
    return stream.sender._reset_error_code is not None
