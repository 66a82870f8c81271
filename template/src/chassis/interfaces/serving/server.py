"""A server: an ASGI application on a port."""

import asyncio
import logging
import socket
from collections.abc import Callable

import uvicorn

from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.asgi import App
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.gate import Gate
from chassis.interfaces.serving.hosts import Hosts
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import listen
from chassis.interfaces.serving.meter import Meter, Reason
from chassis.interfaces.serving.sweeper import Sweeper
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.serving.upstream.embedded import EmbeddedServer
from chassis.interfaces.serving.upstream.protocol import HttpProtocol
from chassis.interfaces.serving.upstream.state import State
from chassis.interfaces.serving.upstream.websocket import WebSocketProtocol

log = logging.getLogger(__name__)

_DEFAULTS = Limits()


class WebServer:
    """Serves `app`; `name` is the prefix of its settings (`http`: `HTTP_HOST`, `HTTP_PORT`).

    With `hosts`, a request must name one of them.
    """

    def __init__(
        self,
        name: str,
        app: App,
        host: str,
        port: int,
        limits: Limits = _DEFAULTS,
        tls: Tls | None = None,
        meter: Meter | None = None,
        hosts: Hosts | None = None,
    ) -> None:
        self.name = name
        self._app = app
        self._host = host
        self._port = port
        self._limits = limits
        self._tls = tls
        self._meter = meter
        self._hosts = hosts
        self._server: EmbeddedServer | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port; if the setting is 0, the actual one, once the server has started."""
        return self._port

    @property
    def url(self) -> str:
        """The server's URL; the port as in `port`."""
        return url_of("http", self._host, self._port, tls=self._tls is not None)

    async def start(self) -> None:
        """Bind and accept. Raises `StartError`, whose text says what to do."""
        gate = Gate(self._app, self._hosts)
        self._server = server = _embed(gate, self._limits, self._tls, self._refused)
        listening = listen(self.name, self._host, self._port, self._limits.backlog)
        self._port = listening.getsockname()[1]
        if self._meter is not None:
            state = server.server_state
            self._meter.watch(lambda: len(state.connections), lambda: len(state.tasks))
        self._serving = asyncio.create_task(self._serve(self._server, listening))
        up = asyncio.create_task(self._server.up.wait())
        try:
            await asyncio.wait((self._serving, up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            if not self._server.up.is_set():
                self._serving.cancel()
                listening.close()
        if self._serving.done():
            await self._serving
        log.info("listening", extra={"server": self.name, "host": self._host, "port": self._port})

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        if self._server is None or self._serving is None:
            return
        self._server.deadline = asyncio.get_running_loop().time() + grace
        self._server.stopping.set()
        await self._serving
        self._server = self._serving = None

    def _refused(self, reason: Reason) -> None:
        if self._meter is not None:
            self._meter.refuse(reason)

    async def _serve(self, server: EmbeddedServer, listening: socket.socket) -> None:
        try:
            await server.serve(sockets=[listening])
        except SystemExit:
            raise StartError(
                f"the application of the {self.name} server failed to start: the log says why"
            ) from None


def _embed(
    app: App, limits: Limits, tls: Tls | None, refused: Callable[[Reason], None]
) -> EmbeddedServer:
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http=HttpProtocol,
        h11_max_incomplete_event_size=limits.head_size,
        ws=WebSocketProtocol,
        ws_max_size=limits.frame_size,
        ws_ping_interval=limits.ping_interval,
        ws_ping_timeout=limits.ping_timeout,
        ws_per_message_deflate=False,
        timeout_keep_alive=limits.keep_alive,
        backlog=limits.backlog,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    # Its warnings and errors are kept; the service itself logs the start, the requests and the end.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    state = State(Admission(limits), refused)
    return EmbeddedServer(config, Sweeper(limits), state, limits, tls, refused)
