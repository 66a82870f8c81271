"""The HTTP protocol of uvicorn, with the bounds that it lacks."""

import asyncio
from typing import Any, Literal

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chassis.interfaces.serving.abort import EXTENSION
from chassis.interfaces.serving.admission import Over
from chassis.interfaces.serving.gate import OVER
from chassis.interfaces.serving.lingering import LingeringTransport
from chassis.interfaces.serving.refusal import BAD_REQUEST, HEAD_TOO_LARGE, TOO_SLOW
from chassis.interfaces.serving.upstream.state import address_of, own
from chassis.interfaces.serving.upstream.upgrade import is_websocket, resume


class HttpProtocol(HttpToolsProtocol):
    """Bounds a request's head, and shows the server which clients are slow to send or read.

    It ignores offers to change the protocol, except a WebSocket's, and notices a client that leaves
    while further requests wait on its connection.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting_since: float | None = None
        # Since when the client has read nothing while the buffers are full, and what they held.
        self._full_since: float | None = None
        self._unread = 0
        # uvicorn has this setting for h11 only; it means the same here.
        self._head_size = self.config.h11_max_incomplete_event_size or 65_536
        # The part of a request that is being read, and how many bytes have come without an end of
        # it.
        self._part: Literal["head", "body"] | None = None
        self._head = 0
        self._has_advanced = False
        # Nothing more is read: the received requests are answered, then the connection closes.
        self._is_deaf = False
        self._answering: RequestResponseCycle | None = None
        # The limit that it exceeds, if any: a request gets a message about it.
        self.over: Over | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        self._lingering = LingeringTransport(transport, self)
        super().connection_made(self._lingering)
        self.waiting_since = self.loop.time()
        state = own(self.server_state)
        self.over = state.admission.enter(address_of(self.client))
        if self.over is not None:
            state.refused(self.over)

    def handle_websocket_upgrade(self) -> None:
        """Switch the connection to the protocol of WebSockets, which counts it again."""
        own(self.server_state).admission.leave(address_of(self.client))
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        own(self.server_state).admission.leave(address_of(self.client))
        # uvicorn notifies the last request alone, which may still wait for the one before it.
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def shutdown(self) -> None:
        if self._part is None and not self._is_answering:
            self._lingering.close_idle()
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full_since = self.loop.time()
        self._unread = self.transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._full_since = None

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._unset_keepalive_if_required()
        self._has_advanced = False
        rest: bytes | memoryview = data
        try:
            while rest:
                try:
                    self.parser.feed_data(rest)
                    break
                except httptools.HttpParserUpgrade as offer:
                    rest = self._answer_offer(memoryview(rest)[offer.args[0] :])
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self._refuse(BAD_REQUEST)
        if self._part is not None and not self._has_advanced:
            # All of it belongs to one head, or to the part after the last chunk.
            self._head += len(data)
            if self._head > self._head_size:
                self._refuse(HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {
            EXTENSION: {"abort": self.transport.abort},
            OVER: {"limit": self.over},
        }
        self.waiting_since = self.loop.time()
        self._part, self._head = "head", 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._part, self._head, self._has_advanced = "body", 0, True
        # Trailer fields are not fields of the request (RFC 9110, 6.5.1): a proxy that adds or
        # removes headers does not check them.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._head, self._has_advanced = 0, True

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            # httptools ends a request with an offer here; its body comes after the head.
            return
        super().on_message_complete()
        self.waiting_since = None
        self._part, self._has_advanced = None, True

    def deaf_for(self, now: float) -> float:
        """Return for how long the client has read nothing of the waiting data."""
        if self._full_since is None:
            return 0
        unread = self.transport.get_write_buffer_size()
        if unread != self._unread:
            self._full_since, self._unread = now, unread
        return now - self._full_since

    def time_out(self) -> None:
        """Close the connection of a client that was too slow to send its request."""
        if self._part is None:
            self.transport.close()
        else:
            self._refuse(TOO_SLOW)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _should_upgrade(self) -> bool:
        return is_websocket(self.scope)

    def _answer_offer(self, rest: memoryview) -> bytes | memoryview:
        """Take or ignore the offer of the request whose head has just ended; return what to parse.

        The body of a CONNECT has no meaning, and no known end (RFC 9110, 9.3.6).
        """
        if self._is_deaf:
            return b""
        if self.scope["method"] == "CONNECT":
            super().on_message_complete()
            self._part = None
            self._refuse(BAD_REQUEST)
        elif not self._should_upgrade():
            resume(self, self.scope)
            return rest
        elif rest or self._is_answering:
            # The client had to wait for the answers to this request and to earlier ones.
            self._part = "head"
            self._refuse(BAD_REQUEST)
        else:
            self.handle_websocket_upgrade()
        return b""

    @property
    def _is_answering(self) -> bool:
        # None before the first request, though uvicorn annotates it otherwise.
        latest: RequestResponseCycle | None = self.cycle
        return latest is not None and not latest.response_complete

    def _refuse(self, response: bytes) -> None:
        """Read nothing more: answer each complete request, refuse an incomplete one, close.

        An answer that is still to come says that it is the last one, in place of `response`.
        """
        self._is_deaf, self.waiting_since = True, None
        if self.transport.is_closing():
            return
        # Further data is read and dropped.
        self.flow.resume_reading()
        if self._part == "body":
            if self.cycle is self._answering:
                if not self.cycle.response_started:
                    self.transport.write(response)
                self.transport.close()
                # The application need not wait for the rest, and its answer would come too late.
                self.cycle.disconnected = True
                self.cycle.message_event.set()
                return
            # It waits for the answers to earlier requests, and would then wait for its body.
            self.pipeline.popleft()
            waiting = self.pipeline[0][0] if self.pipeline else self._answering
            assert waiting is not None
            self.cycle = waiting
        if self._is_answering:
            self.cycle.keep_alive = False
        else:
            self.transport.write(response)
            self.transport.close()
