"""The connections of one server: their limits, the slow ones among them, and their end."""

import asyncio
import logging
from collections.abc import Callable

from chassis.application.access.caller import Caller
from chassis.application.errors import Busy
from chassis.interfaces.jsonrpc.connection import JsonRpcConnection
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.framing.framing import Framing
from chassis.interfaces.jsonrpc.framing.lines import Lines
from chassis.interfaces.serving.admission import SENTENCES, Admission
from chassis.interfaces.serving.drain import LAST_READ, RESERVE, time_left, wait_for_clients
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter, Reason
from chassis.interfaces.serving.wait_until import wait_until

log = logging.getLogger(__name__)

TICK = 1.0
RETRY_AFTER = 1


class Connections:
    """Makes a server's connections, and knows all that are open.

    `admission` bounds their number; a transport that has several of them over one connection of its
    own bounds that one instead. `on_tick` is called once a second.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        meter: Meter | None = None,
        *,
        framing: Callable[[int], Framing] = Lines,
        admission: Admission | None = None,
        on_tick: Callable[[], None] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._meter = meter
        self._framing = framing
        self._admission = admission
        self._on_tick = on_tick
        self._open: set[JsonRpcConnection] = set()
        # Closed connections whose requests are still running.
        self._left: set[JsonRpcConnection] = set()
        self._sweeping: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    @property
    def in_flight(self) -> int:
        """How many requests are running or waiting."""
        return sum(connection.in_flight for connection in self._open)

    def make(self, caller: Caller | None = None) -> JsonRpcConnection:
        """Return the protocol of a new connection, of a caller that the transport knows already."""
        return JsonRpcConnection(self, self._endpoint, self._limits, self._framing, caller)

    def start(self) -> None:
        """Begin to look for slow clients."""
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self, deadline: float) -> None:
        """Answer the accepted requests, and close all by `deadline`, a time of the loop.

        A transport calls it once it accepts no more connections.
        """
        await wait_until(lambda: not self._open, min(LAST_READ, time_left(deadline)))
        for connection in tuple(self._open):
            connection.shut_down()
        await wait_until(lambda: not self._is_busy, time_left(deadline) - RESERVE)
        await wait_for_clients(lambda: not self._open, self._count_taken, deadline)
        self._cut_off()
        await wait_until(lambda: not self._open and not self._is_busy, time_left(deadline))
        if self._sweeping is not None:
            self._sweeping.cancel()

    def admit(self, connection: JsonRpcConnection) -> Exception | None:
        """Add it; return the limit that it exceeds, if any."""
        self._open.add(connection)
        over = None if self._admission is None else self._admission.enter(connection.address)
        if over is None:
            return None
        self.refused(over)
        return Busy(SENTENCES[over], RETRY_AFTER)

    def forget(self, connection: JsonRpcConnection) -> None:
        """It has closed."""
        self._open.discard(connection)
        if self._admission is not None:
            self._admission.leave(connection.address)
        if connection.is_busy:
            self._left.add(connection)

    def refused(self, reason: Reason) -> None:
        """A connection is closed unused."""
        if self._meter is not None:
            self._meter.refuse(reason)

    @property
    def _is_busy(self) -> bool:
        return any(connection.is_busy for connection in (*self._open, *self._left))

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK)
            now = loop.time()
            for connection in tuple(self._open):
                connection.sweep(now)
            self._left = {connection for connection in self._left if connection.is_busy}
            if self._on_tick is not None:
                self._on_tick()

    def _count_taken(self) -> int:
        return sum(connection.count_taken() for connection in self._open)

    def _cut_off(self) -> None:
        count = sum(connection.abort() for connection in (*self._open, *self._left))
        if count:
            log.warning("requests cut off", extra={"count": count})
