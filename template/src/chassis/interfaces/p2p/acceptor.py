"""Accepts connections, and bounds the number of running handshakes."""

import asyncio
import logging
from asyncio import Task
from collections.abc import Callable
from contextlib import suppress

import iroh

from chassis.interfaces.p2p.allowed_peers import AllowedPeers
from chassis.interfaces.p2p.binding import Bound, split_address
from chassis.interfaces.p2p.errors import NOT_ALLOWED
from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Reason

log = logging.getLogger(__name__)

# Handshakes at once.
HANDSHAKES = 256
# Seconds between two log lines about strangers.
PAUSE = 10.0

type OnAccepted = Callable[[str, iroh.Connection, tuple[str, int]], None]


class PeerAcceptor:
    """Hands the connections of allowed peers to `accepted`, with their node id and address.

    `refused` gets the reason why one was closed.
    """

    def __init__(
        self,
        bound: Bound,
        allowed: AllowedPeers,
        limits: Limits,
        accepted: OnAccepted,
        refused: Callable[[Reason], None],
    ) -> None:
        self._bound = bound
        self._allowed = allowed
        self._timeout = limits.handshake_timeout
        self._accepted = accepted
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._handshakes = Admission(limits)
        self._greeting: set[Task[None]] = set()
        self._is_closed = False
        self._logged_at = -PAUSE
        self._task = self._loop.create_task(self._run())

    async def close(self, timeout: float) -> None:
        """Refuse callers from now on; running handshakes have `timeout` seconds to end."""
        self._is_closed = True
        if self._greeting:
            await asyncio.wait(self._greeting, timeout=timeout)

    async def end(self) -> None:
        """End, once the endpoint is closed."""
        for task in (self._task, *self._greeting):
            task.cancel()
        await asyncio.gather(self._task, *self._greeting, return_exceptions=True)

    async def _run(self) -> None:
        while (incoming := await self._bound.endpoint.accept_next()) is not None:
            if len(self._greeting) < HANDSHAKES:
                task = self._loop.create_task(self._greet(incoming))
                self._greeting.add(task)
                task.add_done_callback(self._greeting.discard)
            else:
                # Without an answer: it tries again.
                with suppress(iroh.IrohError):
                    await incoming.ignore()
                self._refused("handshake")

    async def _greet(self, incoming: iroh.Incoming) -> None:
        try:
            address = _address(await incoming.remote_addr())
            if self._is_closed or not self._bound.serves(address[0]):
                await incoming.refuse()
            elif not await incoming.remote_addr_validated():
                # It must show first that the address is its own. Otherwise this host would send
                # more than three times as many bytes to a forged one, which is another's.
                await incoming.retry()
            else:
                await self._shake_hands(incoming, address)
        except (iroh.IrohError, TimeoutError):
            # It was no peer of this protocol, or took too long.
            self._refused("handshake")

    async def _shake_hands(self, incoming: iroh.Incoming, address: tuple[str, int]) -> None:
        over = self._handshakes.enter(address[0])
        try:
            if over is not None:
                await incoming.refuse()
                self._refused(over)
                return
            async with asyncio.timeout(self._timeout):
                accepting = await incoming.accept()
                connection = await accepting.connect()
        finally:
            self._handshakes.leave(address[0])
        node_id = str(connection.remote_id())
        if self._allowed.allow(node_id):
            self._accepted(node_id, connection, address)
        else:
            connection.close(*NOT_ALLOWED)
            self._refused("handshake")
            self._tell(node_id)

    def _tell(self, node_id: str) -> None:
        now = self._loop.time()
        if now - self._logged_at >= PAUSE:
            self._logged_at = now
            advice = "to allow it, add it to P2P_ALLOWED_PEERS"
            log.warning("peer not allowed", extra={"node_id": node_id, "advice": advice})


def _address(remote: iroh.IncomingAddr) -> tuple[str, int]:
    """Return the address; only relays have none, and none is used."""
    if not isinstance(remote, iroh.IncomingAddr.IP):
        return "", 0
    return split_address(remote.addr)
