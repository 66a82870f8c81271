"""One connection over any transport: the channel of a session, bounded in memory and time."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.framing.framing import Framing
from chassis.interfaces.jsonrpc.framing.lines import Lines
from chassis.interfaces.jsonrpc.refused import malformed, too_large
from chassis.interfaces.jsonrpc.session import Session
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason

# Bytes that wait to be sent before the client's next messages must wait as well.
MARK = 262_144
# The first byte of a message: an object, or a batch of them.
MESSAGES = (b"{", b"[")
# Answers that are ready together are sent together, up to so many bytes.
PART = 65_536


class Owner(Protocol):
    """The events of a connection for the server."""

    def admit(self, connection: "JsonRpcConnection") -> Exception | None:
        """Add it; return the limit that it exceeds, if any."""
        ...

    def forget(self, connection: "JsonRpcConnection") -> None:
        """It has closed."""
        ...

    def refused(self, reason: Reason) -> None:
        """It is closed unused, for a reason."""
        ...


class JsonRpcConnection(asyncio.Protocol):
    """Reads messages, has the session answer them, and writes the answers.

    It reads no further while the session is full or the client does not read its answers.
    `framing` tells the messages apart; by default they are lines. The transport gives the client's
    address as `peername`, `sslcontext` if it has no half-closed connections, perhaps the `caller`.
    """

    def __init__(
        self,
        owner: Owner,
        endpoint: Endpoint,
        limits: Limits,
        framing: Callable[[int], Framing] = Lines,
        caller: Caller | None = None,
    ) -> None:
        self.address = ""
        self.is_full = False
        self._owner = owner
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._session = Session(endpoint, self, caller)
        self._transport: asyncio.Transport
        self._framing = framing(limits.message_size)
        self._receive: Callable[[bytes], None] = self._receive_first
        # Whole messages that wait until the session takes them.
        self._ahead: list[bytes] = []
        self._out: list[bytes] = []
        self._out_size = 0
        self._is_flushing = False
        self._is_paused = False
        self._is_closing = False
        # The client has been told that no more is taken.
        self._is_deaf = False
        self._is_draining = False
        self._at_eof = False
        self._has_room = asyncio.Event()
        self._made_at = self._active_at = self._loop.time()
        # The start of the incomplete message, of the full channel, and of the end.
        self._since = self._made_at
        # The bytes that the client had read at the last check.
        self._written = self._taken = 0

    @property
    def is_busy(self) -> bool:
        """Whether a request is running or waiting."""
        return self._session.is_busy or bool(self._ahead)

    @property
    def in_flight(self) -> int:
        """How many requests are running or waiting."""
        return self._session.in_flight + len(self._ahead)

    def count_taken(self) -> int:
        """Return how many bytes the client has taken, as far as the transport knows."""
        return self._written - self._transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        self._transport = transport
        transport.set_write_buffer_limits(high=MARK)
        peer = transport.get_extra_info("peername")
        self.address = self._session.address = peer[0] if peer else ""
        refusal = self._owner.admit(self)
        if refusal is not None:
            self._refuse(refusal)

    def data_received(self, data: bytes) -> None:
        if self._is_closing or self._is_deaf:
            return
        self._active_at = self._loop.time()
        had_begun = self._framing.has_begun
        messages = self._framing.feed(data)
        if messages or not had_begun:
            self._since = self._active_at
        if self._ahead:
            self._ahead += messages
        else:
            self._take(messages)

    def eof_received(self) -> bool:
        self._at_eof = True
        if self._is_closing or self._transport.get_extra_info("sslcontext") is not None:
            # TLS has no half-closed connections.
            return False
        rest = self._framing.rest()
        if rest.strip():
            self._ahead.append(rest)
        self._go_on()
        return not self._transport.is_closing()

    def pause_writing(self) -> None:
        self.is_full = True
        self._has_room.clear()
        self._since, self._taken = self._loop.time(), self.count_taken()

    def resume_writing(self) -> None:
        self.is_full = False
        self._has_room.set()
        self._since = self._active_at = self._loop.time()
        self.ready()

    def connection_lost(self, exc: Exception | None) -> None:
        reason = "stuck" if self._is_stuck(self._loop.time()) else "left"
        self._is_closing = True
        self.is_full = False
        self._has_room.set()
        self._ahead.clear()
        self._session.lose(reason)
        self._owner.forget(self)

    def send(self, message: bytes) -> None:
        """Send a message, together with the others of this turn of the loop."""
        self._out.append(message)
        self._out_size += len(message)
        if self._out_size >= PART:
            self._flush()
        elif not self._is_flushing:
            # Reading all connections, then writing all, is a fifth faster than to alternate.
            self._is_flushing = True
            self._loop.call_soon(self._flush)

    async def drain(self) -> None:
        """Wait until the client has read most of the sent data."""
        await self._has_room.wait()

    def ready(self) -> None:
        """Continue with the waiting messages, in the loop's next turn."""
        self._loop.call_soon(self._go_on)

    def close(self) -> None:
        """Close once the client has read the rest, or has closed as well."""
        if self._is_closing:
            return
        self._flush()
        self._is_closing = True
        self._since = self._loop.time()
        self._ahead.clear()
        if self._at_eof or not self._transport.can_write_eof():
            self._transport.close()
        else:
            # With unread data, the close would reset the connection, and answers would be lost.
            self._transport.write_eof()
            self._resume()

    def shut_down(self) -> None:
        """Take no more requests, answer the accepted ones, and close."""
        self._is_draining = True
        if not self._ahead:
            self._session.drain()

    def abort(self) -> int:
        """Cut the connection; return how many requests were cancelled."""
        count = self._session.cancel()
        self._transport.abort()
        return count

    def sweep(self, now: float) -> None:
        """Close the connection of a client that is too slow, or idle."""
        limits, session = self._limits, self._session
        if self._is_closing:
            if now - self._since >= limits.linger:
                self._transport.abort()
        elif self.is_full:
            self._look_after_reader(now)
        elif self._is_deaf:
            return
        elif not session.is_known and now - self._made_at >= limits.handshake_timeout:
            self._owner.refused("handshake")
            self._refuse(Unauthorized("no authentication in time: call session.authenticate first"))
        elif self._is_paused:
            return
        elif self._framing.has_begun and now - self._since >= limits.request_timeout:
            self._refuse(malformed(f"must be complete within {limits.request_timeout:g} seconds"))
        elif now - self._active_at >= limits.idle_timeout or self._at_eof:
            self._close_if_idle()

    def _take(self, messages: list[bytes]) -> None:
        session = self._session
        for index, message in enumerate(messages):
            if session.is_full or self.is_full:
                self._ahead = messages[index:]
                break
            self._receive(message)
        if session.is_full or self.is_full:
            self._pause()
        elif self._is_draining:
            self._session.drain()
        elif self._framing.is_too_long and not self._is_deaf:
            self._refuse(too_large(self._limits.message_size))
        else:
            self._resume()
            if self._at_eof:
                self._close_if_idle()

    def _receive_first(self, message: bytes) -> None:
        """Take the first one, or nothing at all: a web page can send an HTTP request to any port.

        Its head would be answered line by line, and its body be taken for messages.
        """
        if message.lstrip()[:1] in MESSAGES:
            self._receive = self._session.receive
            self._receive(message)
        else:
            self._receive = self._ignore
            self._refuse(malformed("must be JSON: a request or a batch of requests"))

    def _ignore(self, message: bytes) -> None:
        """Take none: the first one was no message."""

    def _go_on(self) -> None:
        if not self._is_closing and not self._session.is_full and not self.is_full:
            ahead, self._ahead = self._ahead, []
            self._since = self._loop.time()
            self._take(ahead)

    def _refuse(self, error: Exception) -> None:
        """Report the error, take nothing more, and close after the remaining answers."""
        self._is_deaf = True
        self._session.refuse(error)
        self._session.drain()

    def _close_if_idle(self) -> None:
        if self._session.is_idle and not self._ahead:
            self.close()

    def _flush(self) -> None:
        self._is_flushing = False
        out = self._out
        if not out:
            return
        self._out, self._out_size = [], 0
        if self._is_closing:
            return
        self._active_at = self._loop.time()
        for data in self._framing.join(out):
            self._written += len(data)
            self._transport.write(data)
        if self._at_eof:
            # A request that was just answered counts as running until the loop's next turn.
            self._loop.call_soon(self._close_if_idle)

    def _pause(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def _look_after_reader(self, now: float) -> None:
        taken = self.count_taken()
        if taken != self._taken:
            self._since, self._taken = now, taken
        elif self._is_stuck(now):
            self._transport.abort()

    def _is_stuck(self, now: float) -> bool:
        return self.is_full and now - self._since >= self._limits.send_timeout
