"""The end of a connection whose client may still be sending."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLError
from typing import Any

# Seconds for the client to read the answers.
LINGER = 1.0
# Bytes that are read and dropped in this time; a client that sends more has to wait.
MOST = 16 * 1024 * 1024


class LingeringTransport(asyncio.Transport):
    """Its `close` ends the sending; what still comes is read and dropped for `LINGER` seconds.

    A socket that is closed at once answers further data with a reset, which can overtake the
    answers (RFC 9112, 9.6). The protocol gets no data after `close`.
    """

    def __init__(self, transport: asyncio.Transport, protocol: asyncio.BaseProtocol) -> None:
        super().__init__()
        self._transport = transport
        self._protocol = protocol
        self._is_closing = False

    def close(self) -> None:
        if self.is_closing():
            return
        self._is_closing = True
        self._transport.set_protocol(_Rest(self._transport, self.get_protocol))
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._end_tls()

    def close_idle(self) -> None:
        """Close it at once: all requests of the client are answered."""
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        if not self._is_closing:
            self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()

    def pause_reading(self) -> None:
        if not self._is_closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._is_closing:
            self._transport.resume_reading()

    def write(self, data: Any) -> None:
        if not self._is_closing:
            self._transport.write(data)

    def _end_tls(self) -> None:
        """Send `close_notify` after the answers; the transport's own `close` would read no more."""
        # It is not the end of the other direction, which OpenSSL reports as an error.
        with suppress(SSLError):
            self.get_extra_info("ssl_object").unwrap()
        # Sends what OpenSSL has written.
        self._transport.writelines([])


class _Rest(asyncio.Protocol):
    """Drops what a client still sends; the protocol that `find` returns hears of the end."""

    def __init__(
        self, transport: asyncio.Transport, find: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self._transport = transport
        self._find = find
        self._dropped = 0
        self._timer = asyncio.get_running_loop().call_later(LINGER, self._end)

    def data_received(self, data: bytes) -> None:
        self._dropped += len(data)
        if self._dropped > MOST:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self._find().pause_writing()

    def resume_writing(self) -> None:
        self._find().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._find().connection_lost(exc)

    def _end(self) -> None:
        if self._dropped > MOST:
            # Over TLS, a close would read on until the client ends.
            self._transport.abort()
        else:
            # A client that is slow to read gets the rest of the answers.
            self._transport.close()
