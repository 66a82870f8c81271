"""The ICE agent of one peer, over the socket that all peers share.

It depends on aioice's `Connection` and `StunProtocol`: how candidates are gathered, how checks end,
and how data is queued.
"""

import asyncio
import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import CandidatePair, Connection, StunProtocol, server_reflexive_candidate
from aioice.stun import TransactionError

from chassis.interfaces.webrtc.upstream.port import Address, Port

# Datagrams of one peer that wait to be read; UDP may lose the rest.
QUEUE = 1024
# Addresses that one peer may send from.
PATHS = 16
# Bytes for a STUN server: a request of 20, sent again until it answers.
QUERY = 1000
# The preference of the first of several addresses (RFC 8445, 5.1.2.2).
HIGHEST_PREFERENCE = 65_535
# The first byte of data is higher: RFC 7983, 7.
LAST_STUN = 3

# aioice logs each check.
logging.getLogger("aioice").setLevel(logging.WARNING)


class Shared(Protocol):
    """The socket that the agents share."""

    # Held by the agent whose waiting data is read in this turn of the loop.
    turn: asyncio.Lock

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram."""
        ...

    def expect(self, agent: "Agent", transaction: bytes) -> None:
        """Pass on the answer to a STUN request."""
        ...

    def learn(self, agent: "Agent", address: Address) -> None:
        """Pass on all data from an address that is the peer's."""
        ...

    def forget(self, agent: "Agent") -> None:
        """It has ended."""
        ...


class Agent(Connection):
    """Waits for the checks of a peer, which gets `addresses` as candidates; they are not empty.

    It sends nothing to the addresses that an offer names, since that could be any, unless there are
    ICE `servers` (aioice's keyword arguments). Then each may get `credit` bytes before it answers.
    """

    def __init__(
        self, shared: Shared, addresses: Sequence[Address], servers: dict[str, Any], credit: int = 0
    ) -> None:
        super().__init__(ice_controlling=False, **servers)
        self._shared = shared
        self._addresses = addresses
        self.has_servers = bool(servers)
        self._credit = credit if servers else 0
        self._port: Port | None = None

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> list[Candidate]:
        """Return the announced addresses, and those that the ICE servers give."""
        protocol = StunProtocol(self)
        self._port = Port(
            protocol, self._shared.send, partial(self._shared.expect, self), PATHS, self._credit
        )
        protocol.connection_made(self._port)
        hosts = [
            _host(component, address, HIGHEST_PREFERENCE - index)
            for index, address in enumerate(self._addresses)
        ]
        protocol.local_candidate = hosts[0]
        self._protocols.append(protocol)
        found = [*hosts]
        if self.stun_server is not None:
            with suppress(OSError, TransactionError, TimeoutError):
                async with asyncio.timeout(timeout):
                    found.append(await self._reflexive(protocol, self.stun_server))
        # With no addresses, only the relayed ones.
        return found + await super().get_component_candidates(component, [], timeout)

    def received(self, data: bytes, address: Address) -> None:
        """Take a datagram that the shared socket has recognized."""
        if self._closing or self._port is None or not self._port.count(len(data), address):
            return
        if data[0] > LAST_STUN:
            self.data_received(data, 1)
            return
        # One that is malformed must not end the shared socket.
        with suppress(Exception):
            self._port.protocol.datagram_received(data, address)

    def data_received(self, data: bytes, component: int) -> None:
        """Queue data for DTLS, which checks it."""
        if self._queue.qsize() < QUEUE:
            super().data_received(data, component)

    async def recvfrom(self) -> tuple[bytes, int]:
        """Return the next datagram.

        Peers whose data waits take turns, one datagram in each turn of the loop. Their floods hold
        up neither a peer without waiting data nor the other transports.
        """
        if not self._queue.empty():
            async with self._shared.turn:
                await asyncio.sleep(0)
        return await super().recvfrom()

    def check_complete(self, pair: CandidatePair) -> None:
        """An address that answered a check is the peer's."""
        if (
            self._port is not None
            and pair.protocol is self._port.protocol
            and pair.state == CandidatePair.State.SUCCEEDED
        ):
            self._port.prove(pair.remote_addr)
            self._shared.learn(self, pair.remote_addr)
        super().check_complete(pair)

    async def close(self) -> None:
        """Close it; it gets no further datagrams."""
        self._shared.forget(self)
        await super().close()

    async def _reflexive(self, protocol: StunProtocol, server: Address) -> Candidate:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(*server, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        address = (str(found[0][4][0]), server[1])
        assert self._port is not None
        self._port.allow(QUERY, address)
        candidate, _ = await server_reflexive_candidate(protocol, address)
        return candidate


def _host(component: int, address: Address, preference: int) -> Candidate:
    host, port = address
    return Candidate(
        foundation=candidate_foundation("host", "udp", host),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host", preference),
        host=host,
        port=port,
        type="host",
    )
