"""The tcp server: connections on a port, with JSON-RPC sessions on them."""

import asyncio
import logging
import ssl

from chassis.application.errors import Busy
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.serving.acceptor import Acceptor
from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.admission import SENTENCES, Admission
from chassis.interfaces.serving.drain import CLOSING, LAST_READ, RESERVE, time_left
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import listen
from chassis.interfaces.serving.meter import Meter, Reason
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.serving.wait_until import wait_until
from chassis.interfaces.tcp.connection import TcpConnection

log = logging.getLogger(__name__)

TICK = 1.0
RETRY_AFTER = 1

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
        self._endpoint = endpoint
        self._host = host
        self._port = port
        self._limits = limits
        self._tls = tls
        self._meter = meter
        self._context: ssl.SSLContext | None = None
        self._acceptor: Acceptor | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._connections: set[TcpConnection] = set()
        # Closed connections whose requests are still running.
        self._left: set[TcpConnection] = set()
        self._admission = Admission(limits)

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
        self._acceptor = Acceptor(
            listening, self._protocol, self._limits, self._context, self.refused
        )
        await self._acceptor.start()
        self._sweeping = asyncio.create_task(self._sweep())
        if self._meter is not None:
            self._meter.watch(lambda: len(self._connections), self._count_in_flight)
        log.info("listening", extra={"server": self.name, "host": self._host, "port": self._port})

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        if self._acceptor is None or self._sweeping is None:
            return
        deadline = asyncio.get_running_loop().time() + grace
        await self._acceptor.close(min(LAST_READ, grace))
        await wait_until(lambda: not self._connections, min(LAST_READ, grace))
        for connection in tuple(self._connections):
            connection.shut_down()
        await wait_until(lambda: not self._is_busy, time_left(deadline) - RESERVE)
        await wait_until(lambda: not self._connections, min(CLOSING, time_left(deadline) - RESERVE))
        self._cut_off()
        await wait_until(lambda: not self._connections and not self._is_busy, time_left(deadline))
        self._sweeping.cancel()
        self._acceptor = self._sweeping = None

    def admit(self, connection: TcpConnection) -> Exception | None:
        """Add it; return the limit that it exceeds, if any."""
        self._connections.add(connection)
        over = self._admission.enter(connection.address)
        if over is None:
            return None
        self.refused(over)
        return Busy(SENTENCES[over], RETRY_AFTER)

    def forget(self, connection: TcpConnection) -> None:
        """It has closed."""
        self._connections.discard(connection)
        self._admission.leave(connection.address)
        if connection.is_busy:
            self._left.add(connection)

    def refused(self, reason: Reason) -> None:
        """A connection is closed unused."""
        if self._meter is not None:
            self._meter.refuse(reason)

    def _count_in_flight(self) -> int:
        return sum(connection.in_flight for connection in self._connections)

    @property
    def _is_busy(self) -> bool:
        return any(connection.is_busy for connection in (*self._connections, *self._left))

    def _protocol(self) -> TcpConnection:
        return TcpConnection(self, self._endpoint, self._limits)

    async def _sweep(self) -> None:
        """Once a second: the slow clients, and the certificate."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK)
            now = loop.time()
            for connection in tuple(self._connections):
                connection.sweep(now)
            self._left = {connection for connection in self._left if connection.is_busy}
            if self._tls is not None and self._context is not None:
                self._tls.renew(self._context)

    def _cut_off(self) -> None:
        everybody = (*self._connections, *self._left)
        count = sum(connection.abort() for connection in everybody)
        if count:
            log.warning("requests cut off", extra={"count": count})
