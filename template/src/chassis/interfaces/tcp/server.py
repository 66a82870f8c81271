"""The tcp server: connections on a port, with JSON-RPC sessions on them."""

import asyncio
import logging
import ssl

from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.serving.acceptor import Acceptor
from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.drain import LAST_READ
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import listen
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls

log = logging.getLogger(__name__)

_DEFAULTS = Limits()


class TcpServer:
    """Serves `endpoint`; `name` is the prefix of its settings (`tcp`: `TCP_HOST`, `TCP_PORT`)."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        host: str,
        port: int,
        limits: Limits = _DEFAULTS,
        tls: Tls | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._limits = limits
        self._tls = tls
        self._meter = meter
        self._context: ssl.SSLContext | None = None
        self._acceptor: Acceptor | None = None
        self._connections = Connections(
            endpoint, limits, meter, admission=Admission(limits), on_tick=self._renew
        )

    @property
    def port(self) -> int:
        """The port; if the setting is 0, the actual one, once the server has started."""
        return self._port

    @property
    def url(self) -> str:
        """The server's URL; the port as in `port`."""
        return url_of("tcp", self._host, self._port, tls=self._tls is not None)

    async def start(self) -> None:
        """Bind and accept. Raises `StartError`, whose text says what to do."""
        self._context = None if self._tls is None else self._tls.context()
        listening = listen(self.name, self._host, self._port, self._limits.backlog)
        self._port = listening.getsockname()[1]
        connections = self._connections
        self._acceptor = Acceptor(
            listening, connections.make, self._limits, self._context, connections.refused
        )
        await self._acceptor.start()
        connections.start()
        if self._meter is not None:
            self._meter.watch(connections.__len__, lambda: connections.in_flight)
        log.info("listening", extra={"server": self.name, "host": self._host, "port": self._port})

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        if self._acceptor is None:
            return
        deadline = asyncio.get_running_loop().time() + grace
        await self._acceptor.close(min(LAST_READ, grace))
        await self._connections.stop(deadline)
        self._acceptor = None

    def _renew(self) -> None:
        if self._tls is not None and self._context is not None:
            self._tls.renew(self._context)
