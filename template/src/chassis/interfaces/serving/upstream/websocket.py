"""The WebSocket protocol of uvicorn, with the bounds that it lacks."""

import asyncio
from typing import Any

from uvicorn import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from chassis.interfaces.serving.abort import EXTENSION
from chassis.interfaces.serving.admission import Over
from chassis.interfaces.serving.gate import OVER
from chassis.interfaces.serving.refusal import BAD_REQUEST, UNAVAILABLE
from chassis.interfaces.serving.upstream.state import address_of, own


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Lets the application cut a connection, counts it, and ends each handshake with an answer."""

    def __init__(
        self, config: Config, server_state: ServerState, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(config, server_state, *args, **kwargs)
        self._state = own(server_state)
        self._over: Over | None = None
        self._made_at = self.loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._over = self._state.admission.enter(address_of(self.client))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._state.admission.leave(address_of(self.client))

    def data_received(self, data: bytes) -> None:
        """Take frames; in the handshake, the request alone.

        A client must wait for the answer before it sends anything else (RFC 6455, 4.1).
        """
        if self.handshake_initiated and not self.handshake_complete:
            self._refuse(BAD_REQUEST)
            return
        super().data_received(data)
        if not self.handshake_initiated:
            # Its lines are longer or more than websockets accepts, or it is malformed. In the first
            # two cases websockets has written an answer, which uvicorn does not send.
            self._refuse(b"".join(self.conn.data_to_send()) or BAD_REQUEST)

    def send_receive_event_to_app(self) -> None:
        """Take a message; one of text that is no UTF-8 ends the connection, and is no failure."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """End a connection whose client breaks a rule."""
        super().handle_parser_exception()
        self._leave()

    def keepalive_timeout(self) -> None:
        """End a connection whose client answers no ping."""
        super().keepalive_timeout()
        self._leave()

    def _leave(self) -> None:
        # uvicorn would take what the application sends until the transport has closed for a mistake
        # of the application. The client is as good as gone.
        self.disconnected = True

    def handshake_for(self, now: float) -> float:
        """Return for how long the handshake has been running; 0 if it has ended."""
        return 0 if self.handshake_complete or self.close_sent else now - self._made_at

    def time_out(self) -> None:
        """Refuse a handshake that the application has not answered in time."""
        self._refuse(UNAVAILABLE)

    async def run_asgi(self) -> None:
        self.scope["extensions"][EXTENSION] = {"abort": self.transport.abort}
        self.scope["extensions"][OVER] = {"limit": self._over}
        app = self.app

        async def answering(*arguments: Any) -> None:
            await app(*arguments)
            # uvicorn regards an application that refuses with a response as a failed one.
            self.handshake_complete = self.handshake_complete or self.close_sent

        self.app = answering
        await super().run_asgi()

    def _refuse(self, response: bytes) -> None:
        if self.transport.is_closing():
            return
        self._state.refused("handshake")
        # uvicorn answers nothing more: the application may still be running.
        self.close_sent = self.handshake_complete = True
        self.transport.write(response)
        self.transport.close()
