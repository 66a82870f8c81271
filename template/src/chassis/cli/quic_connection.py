"""A client's connection over QUIC, with one stream of lines."""

import asyncio
from collections import deque
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import (
    ConnectionTerminated,
    HandshakeCompleted,
    QuicEvent,
    StreamDataReceived,
    StreamReset,
)
from cryptography.hazmat.primitives.hashes import SHA256

# Seconds of silence after which the client asks whether the service is still there.
KEEPALIVE = 15.0


class QuicStream(QuicConnectionProtocol):
    """Sends and receives lines, once `connected` has returned.

    With a `fingerprint` the service must have that certificate: nothing is sent to another one.
    """

    def __init__(self, quic: QuicConnection, fingerprint: str) -> None:
        super().__init__(quic)
        self._fingerprint = fingerprint
        self._lines: deque[bytes] = deque()
        self._rest: list[bytes] = []
        self._error: OSError | None = None
        self._is_connected = False
        self._changed = asyncio.Event()
        self._stream_id = quic.get_next_available_stream_id()
        self._asking: asyncio.Task[None] | None = None

    async def connected(self, address: Any) -> None:
        """Make the connection; raises `OSError`."""
        self.connect(address)
        while not self._is_connected:
            await self._wait()
        self._asking = asyncio.create_task(self._ask())

    def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`."""
        if self._error is not None:
            raise self._error
        self._quic.send_stream_data(self._stream_id, message + b"\n")
        self.transmit()

    async def receive(self) -> bytes:
        """Return the next message; raises `OSError`, also at the end of the connection."""
        while not self._lines:
            await self._wait()
        return self._lines.popleft()

    def end(self) -> None:
        """Close the connection and its socket."""
        if self._asking is not None:
            self._asking.cancel()
        self.close()
        if self._transport is not None:
            self._transport.close()

    def quic_event_received(self, event: QuicEvent) -> None:
        match event:
            case HandshakeCompleted():
                self._check()
            case StreamDataReceived():
                self._take(event.data)
                if event.end_stream:
                    self._fail(ConnectionError("the service has closed the connection"))
            case StreamReset():
                self._fail(ConnectionError("the service has cut the connection"))
            case ConnectionTerminated():
                self._fail(ConnectionError(event.reason_phrase or "the connection has ended"))
            case _:
                return
        self._changed.set()

    def error_received(self, exc: Exception) -> None:
        """No program listens on the port."""
        self._fail(exc if isinstance(exc, OSError) else OSError(str(exc)))

    def _check(self) -> None:
        # The only place where the library has it.
        certificate = self._quic.tls._peer_certificate
        assert certificate is not None
        own = certificate.fingerprint(SHA256()).hex()
        if self._fingerprint and own != self._fingerprint:
            self._fail(ConnectionError(f"its certificate is another one, of SHA-256 {own}"))
            self.close()
        else:
            self._is_connected = True

    def _take(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest.clear()
            self._lines.extend(lines)
        self._rest.append(rest)

    def _fail(self, error: OSError) -> None:
        self._error = self._error or error
        self._changed.set()

    async def _wait(self) -> None:
        if self._error is not None:
            raise self._error
        self._changed.clear()
        await self._changed.wait()

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(KEEPALIVE)
            self._quic.send_ping(0)
            self.transmit()
