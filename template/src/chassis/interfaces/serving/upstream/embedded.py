"""uvicorn, embedded: it owns no signals and drains in two phases."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import uvicorn

from chassis.interfaces.serving.acceptor import Acceptor
from chassis.interfaces.serving.drain import LAST_READ, RESERVE, time_left, wait_for_clients
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason
from chassis.interfaces.serving.sweeper import Sweeper
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.serving.upstream.protocol import HttpProtocol
from chassis.interfaces.serving.upstream.state import State
from chassis.interfaces.serving.wait_until import wait_until

log = logging.getLogger(__name__)

TICK = 1.0


class EmbeddedServer(uvicorn.Server):
    """Runs from `serve()` until `stopping` is set, then drains until the loop's time `deadline`."""

    def __init__(
        self,
        config: uvicorn.Config,
        sweeper: Sweeper,
        state: State,
        limits: Limits,
        tls: Tls | None,
        refused: Callable[[Reason], None],
    ) -> None:
        super().__init__(config)
        self.server_state = state
        self.up = asyncio.Event()
        self.stopping = asyncio.Event()
        self.deadline = 0.0
        self._sweeper = sweeper
        self._limits = limits
        self._tls = tls
        self._context = None if tls is None else tls.context("http/1.1")
        self._refused = refused
        self._acceptors: list[Acceptor] = []

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # theirs is a generator
        """Leave the signals to the composition root."""
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, listen, and report that the server is up.

        uvicorn's own code bounds no handshakes, and allows them a minute.
        """
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise SystemExit(1)
        for listening in sockets or ():
            acceptor = Acceptor(
                listening, self._protocol, self._limits, self._context, self._refused
            )
            await acceptor.start()
            self._acceptors.append(acceptor)
        self.started = True
        self.up.set()

    async def main_loop(self) -> None:
        """Once a second: the date header, the slow clients, and the certificate."""
        loop = asyncio.get_running_loop()
        while not self.stopping.is_set():
            await self.on_tick(0)
            self._sweeper.sweep(tuple(self._connections), loop.time())
            if self._tls is not None and self._context is not None:
                self._tls.renew(self._context)
            try:
                async with asyncio.timeout(TICK):
                    await self.stopping.wait()
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, answer the accepted requests, close idle connections; cut the rest.

        WebSockets and event streams are ended by the application, which sends their last message.
        """
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        for acceptor in self._acceptors:
            await acceptor.close(LAST_READ)
        await wait_until(lambda: not self._connections, LAST_READ)
        for connection in tuple(self._connections):
            if isinstance(connection, HttpProtocol):
                connection.shutdown()
        await wait_until(lambda: not state.tasks, time_left(self.deadline) - RESERVE)
        if state.tasks:
            log.warning("requests cut off", extra={"count": len(state.tasks)})
        await wait_for_clients(lambda: not self._connections, self._count_unsent, self.deadline)
        await self._cut_off()
        await self.lifespan.shutdown()

    def _protocol(self) -> asyncio.Protocol:
        return HttpProtocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def _cut_off(self) -> None:
        for connection in tuple(self._connections):
            connection.shutdown()
        for task in tuple(self.server_state.tasks):
            task.cancel()
        await wait_until(lambda: not self._connections, min(RESERVE, time_left(self.deadline)))
        for connection in tuple(self._connections):
            connection.transport.abort()

    def _count_unsent(self) -> int:
        return sum(each.transport.get_write_buffer_size() for each in self._connections)

    @property
    def _connections(self) -> set[Any]:
        return self.server_state.connections
