"""The first datagrams of clients: which of them become connections."""

import asyncio
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE
from aioquic.quic.packet import QuicErrorCode, QuicHeader, QuicPacketType
from aioquic.quic.retry import QuicRetryTokenHandler

from chassis.interfaces.quic.time_share import TimeShare
from chassis.interfaces.quic.upstream import stateless
from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason

# Bytes of the ids that this side chooses.
CONNECTION_ID = 8

# Running handshakes, in all and from one address. Each takes 100 KiB.
HALF_OPEN = 1024
HALF_OPEN_PER_ADDRESS = 256
# From so many on, a client has to show that it is at its address before it costs anything.
RETRY_FROM = 64

# A handshake takes 2 ms of the processor: what arrives beyond this share is dropped, and its client
# tries again. The answers that keep no state have a share of their own: a flood from wrong
# addresses must not take that of real clients.
HANDSHAKES = (0.4, 0.2)
ANSWERS = (0.1, 0.02)


class Start(NamedTuple):
    """A connection that may begin: the id that its client chose first, and the one of a retry."""

    original: bytes
    retried: bytes | None


class Greeter:
    """Decides on the first datagram of a client: an answer without state, or a connection.

    `send` sends a datagram to an address.
    """

    def __init__(
        self,
        limits: Limits,
        send: Callable[[bytes, Any], None],
        refused: Callable[[Reason], None],
    ) -> None:
        self.is_closed = False
        self.half_open = Admission(
            Limits(
                connections=min(HALF_OPEN, limits.connections),
                connections_per_address=min(HALF_OPEN_PER_ADDRESS, limits.connections_per_address),
            )
        )
        self.handshakes = TimeShare(*HANDSHAKES)
        self._answers = TimeShare(*ANSWERS)
        self._send = send
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._tokens = QuicRetryTokenHandler()

    def greet(
        self, header: QuicHeader, size: int, address: Any, supported: list[int]
    ) -> Start | None:
        """Take a datagram of `size` bytes; return the connection that begins with it, if any.

        It counts as half-open until the caller says otherwise. A datagram smaller than every first
        one of a client is ignored: an answer could be longer than it.
        """
        if size < SMALLEST_MAX_DATAGRAM_SIZE or header.version is None:
            return None
        if header.version not in supported:
            if header.packet_type is not QuicPacketType.VERSION_NEGOTIATION:
                self._answer(address, lambda: stateless.versions(header, supported))
            return None
        if header.packet_type is not QuicPacketType.INITIAL:
            return None
        if self.is_closed:
            self._refuse(header, address, QuicErrorCode.CONNECTION_REFUSED)
            return None
        if not header.token and self.half_open.open >= RETRY_FROM:
            self._answer(address, lambda: self._retry(header, address))
            return None
        return self._start(header, address) if self.handshakes.has_time else None

    def _start(self, header: QuicHeader, address: Any) -> Start | None:
        start = Start(header.destination_cid, None)
        if header.token:
            try:
                original = self._tokens.validate_token(
                    address=address,
                    destination_cid=header.destination_cid,
                    token=header.token,
                    now=self._loop.time(),
                )
            except ValueError:
                self._refuse(header, address, QuicErrorCode.INVALID_TOKEN)
                return None
            start = Start(original, header.destination_cid)
        over = self.half_open.enter(address[0])
        if over is None:
            return start
        self.half_open.leave(address[0])
        self._refused(over)
        self._refuse(header, address, QuicErrorCode.CONNECTION_REFUSED)
        return None

    def _retry(self, header: QuicHeader, address: Any) -> bytes:
        connection_id = os.urandom(CONNECTION_ID)
        token = self._tokens.create_token(
            address=address,
            original_destination_connection_id=header.destination_cid,
            retry_source_connection_id=connection_id,
            now=self._loop.time(),
        )
        return stateless.retry(header, connection_id, token)

    def _refuse(self, header: QuicHeader, address: Any, error: QuicErrorCode) -> None:
        self._answer(address, lambda: stateless.refusal(header, error))

    def _answer(self, address: Any, make: Callable[[], bytes]) -> None:
        if self._answers.has_time:
            with self._answers.spending():
                self._send(make(), address)
