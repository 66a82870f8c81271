"""The p2p server: an endpoint of the library, with JSON-RPC sessions on the streams of peers."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from functools import partial

import iroh

from chassis.interfaces.jsonrpc.connections import Connections
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.p2p.acceptor import PeerAcceptor
from chassis.interfaces.p2p.allowed_peers import AllowedPeers
from chassis.interfaces.p2p.binding import Bound, bind_server
from chassis.interfaces.p2p.discovery.discovery import Discovery
from chassis.interfaces.p2p.errors import DRAINING, IDLE, TOO_MANY
from chassis.interfaces.p2p.identity import Identity
from chassis.interfaces.p2p.peer import PeerConnection
from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.drain import LAST_READ, time_left
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.meter import Meter, Reason
from chassis.interfaces.serving.wait_until import wait_until

log = logging.getLogger(__name__)

# Seconds to tell the peers, if no time is left.
ENDING = 0.1

_DEFAULTS = Limits()


class P2pServer:
    """Serves `endpoint` to allowed peers; each may have `per_peer` connections at once."""

    name = "p2p"

    def __init__(
        self,
        endpoint: Endpoint,
        identity: Identity,
        host: str,
        port: int,
        allowed: AllowedPeers,
        discovery: Discovery,
        limits: Limits = _DEFAULTS,
        per_peer: int = 64,
        meter: Meter | None = None,
    ) -> None:
        self._identity = identity
        self._host = host
        self._port = port
        self._allowed = allowed
        self._discovery = discovery
        self._limits = limits
        self._per_peer = per_peer
        self._meter = meter
        self._bound: Bound | None = None
        self._acceptor: PeerAcceptor | None = None
        self._peers: dict[PeerConnection, asyncio.Task[None]] = {}
        self._by_node_id: Counter[str] = Counter()
        # For the connections of peers; sessions have their own.
        self._admission = Admission(limits)
        self._sessions = Connections(
            endpoint, limits, meter, admission=Admission(limits), on_tick=self._sweep
        )

    @property
    def port(self) -> int:
        """The port; if the setting is 0, the actual one, once the server has started."""
        return self._port

    @property
    def url(self) -> str:
        """The server's URL, with its node id; the port as in `port`."""
        place = url_of("", self._host, self._port)
        return f"p2p{place[:3]}{self._identity.node_id}@{place[3:]}"

    async def start(self) -> None:
        """Bind and accept. Raises `StartError`, whose text says what to do."""
        node_id = self._identity.node_id
        self._bound = bound = await bind_server(
            self.name, self._host, self._port, self._identity.key
        )
        self._port = bound.port
        self._acceptor = PeerAcceptor(
            bound, self._allowed, self._limits, self._accept, self._refused
        )
        self._sessions.start()
        if self._meter is not None:
            self._meter.watch(self._peers.__len__, lambda: self._sessions.in_flight)
        await self._discovery.announce(node_id, bound.addresses)
        where = {"host": self._host, "port": self._port, "node_id": node_id}
        log.info("listening", extra={"server": self.name, **where})

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        if self._acceptor is None or self._bound is None:
            return
        deadline = asyncio.get_running_loop().time() + grace
        await self._acceptor.close(min(LAST_READ, grace))
        await wait_until(lambda: not len(self._sessions), min(LAST_READ, time_left(deadline)))
        for peer in self._peers:
            peer.deafen()
        await self._sessions.stop(deadline)
        for peer in self._peers:
            peer.close(DRAINING)
        await self._close(self._bound, max(time_left(deadline), ENDING))
        await self._acceptor.end()
        self._acceptor = self._bound = None

    async def _close(self, bound: Bound, timeout: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._discovery.close()
                await bound.endpoint.close()
        tasks = tuple(self._peers.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, node_id: str, connection: iroh.Connection, address: tuple[str, int]) -> None:
        over = self._admission.enter(address[0])
        if over is None and self._by_node_id[node_id] >= self._per_peer:
            over = "address"
        if over is not None:
            self._admission.leave(address[0])
            self._refused(over)
            connection.close(*TOO_MANY)
            return
        self._by_node_id[node_id] += 1
        peer = PeerConnection(node_id, connection, address, self._sessions)
        task = asyncio.create_task(peer.run(), name="p2p peer")
        self._peers[peer] = task
        task.add_done_callback(partial(self._forget, peer))

    def _forget(self, peer: PeerConnection, _: asyncio.Task[None]) -> None:
        del self._peers[peer]
        self._admission.leave(peer.address[0])
        self._by_node_id[peer.node_id] -= 1
        if not self._by_node_id[peer.node_id]:
            del self._by_node_id[peer.node_id]

    def _refused(self, reason: Reason) -> None:
        if self._meter is not None:
            self._meter.refuse(reason)

    def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        first, later = self._limits.handshake_timeout, self._limits.idle_timeout
        for peer in self._peers:
            if peer.is_idle(now, first, later):
                peer.close(IDLE)
