"""The HTTP and WebSocket protocols of uvicorn, with the bounds that they lack."""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from app.interfaces.serving.abort import EXTENSION
from app.interfaces.serving.admission import Admission, Over
from app.interfaces.serving.gate import OVER
from app.interfaces.serving.meter import Reason

_REFUSAL = b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_HEAD_TOO_LARGE = _REFUSAL % b"431 Request Header Fields Too Large"
_TOO_SLOW = _REFUSAL % b"408 Request Timeout"


class State(ServerState):
    """What all connections of a server share; `refused` hears of those that are not let in."""

    def __init__(self, admission: Admission, refused: Callable[[Reason], None]) -> None:
        super().__init__()
        self.admission = admission
        self.refused = refused


class HttpProtocol(HttpToolsProtocol):
    """Bounds the size of a request's head and lets the server see who is slow to send or to read.

    A client that leaves while further requests wait on its connection is heard of, too.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting_since: float | None = None
        # Since when the client has read nothing while the buffers are full, and what they held.
        self._full_since: float | None = None
        self._unread = 0
        # uvicorn has this setting for h11 only; it means the same here.
        self._head_size = self.config.h11_max_incomplete_event_size or 65_536
        self._head = 0
        self._in_head = False
        self._answering: RequestResponseCycle | None = None
        # Which limit it is over, if any: a request is told so.
        self.over: Over | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.waiting_since = self.loop.time()
        state = _own(self.server_state)
        self.over = state.admission.enter(_address(self.client))
        if self.over is not None:
            state.refused(self.over)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the protocol of WebSockets, which counts it anew."""
        _own(self.server_state).admission.leave(_address(self.client))
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _own(self.server_state).admission.leave(_address(self.client))
        # uvicorn tells the last request alone, which may still wait for the one before it.
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._full_since = self.loop.time()
        self._unread = self.transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._full_since = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > self._head_size:
                self._refuse(_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {
            EXTENSION: {"abort": self.transport.abort},
            OVER: {"limit": self.over},
        }
        self.waiting_since = self.loop.time()
        self._in_head, self._head = True, 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.waiting_since = None

    def deaf_for(self, now: float) -> float:
        """Return for how long the client has read nothing of what waits for it."""
        if self._full_since is None:
            return 0
        unread = self.transport.get_write_buffer_size()
        if unread != self._unread:
            self._full_since, self._unread = now, unread
        return now - self._full_since

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def time_out(self) -> None:
        """Close the connection of a client that was too slow to send its request."""
        if self._in_head:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, response: bytes) -> None:
        if self.transport.is_closing():
            return
        # None before the first request, though uvicorn annotates it otherwise.
        cycle = getattr(self, "cycle", None)
        if cycle is None or cycle.response_complete:
            self.transport.write(response)
        self.transport.close()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Lets the application cut a connection, and counts it."""

    def __init__(
        self, config: Config, server_state: ServerState, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(config, server_state, *args, **kwargs)
        self._admission = _own(server_state).admission
        self._over: Over | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._over = self._admission.enter(_address(self.client))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._admission.leave(_address(self.client))

    async def run_asgi(self) -> None:
        self.scope["extensions"][EXTENSION] = {"abort": self.transport.abort}
        self.scope["extensions"][OVER] = {"limit": self._over}
        await super().run_asgi()


def _own(state: ServerState) -> State:
    assert isinstance(state, State)
    return state


def _address(client: tuple[str, int] | None) -> str:
    # None where the client has gone before anybody asked.
    return client[0] if client else ""
