"""A bad network between a client and the server: datagrams are late, lost and overtaken."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple


class Conditions(NamedTuple):
    """Seconds in each direction; the share of datagrams that is lost, and that comes late."""

    delay: float = 0.05
    lost: float = 0.02
    late: float = 0.05
    # Seconds by which a late datagram comes after those that were sent later.
    lateness: float = 0.01


class Relay(asyncio.DatagramProtocol):
    """Has a port for the client, and another one towards the server, which it can change."""

    def __init__(self, server: tuple[str, int], conditions: Conditions, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.port = 0
        self._server = server
        self._conditions = conditions
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._near: asyncio.DatagramTransport
        self._far: asyncio.DatagramTransport
        self._client: Any = None

    async def open(self) -> None:
        """Open both ports."""
        self._near, _ = await self._loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self.port = self._near.get_extra_info("sockname")[1]
        await self.move()

    async def move(self) -> None:
        """Have another port towards the server, as after a change of the client's network."""
        before = getattr(self, "_far", None)
        self._far, _ = await self._loop.create_datagram_endpoint(
            lambda: _Back(self), local_addr=("127.0.0.1", 0)
        )
        if before is not None:
            before.close()

    def close(self) -> None:
        """Close both ports."""
        self._near.close()
        self._far.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._client = addr
        self._carry(data, lambda: self._far.sendto(data, self._server))

    def back(self, data: bytes) -> None:
        """Carry a datagram of the server to the client."""
        self._carry(data, lambda: self._near.sendto(data, self._client))

    def _carry(self, data: bytes, send: Any) -> None:
        conditions, drawn = self._conditions, self._random.random()
        if drawn < conditions.lost:
            self.counts["lost"] += 1
            return
        is_late = drawn < conditions.lost + conditions.late
        self.counts["late" if is_late else "carried"] += 1
        delay = conditions.delay + (conditions.lateness if is_late else 0)
        self._loop.call_later(delay, self._send, send)

    def _send(self, send: Any) -> None:
        if not self._near.is_closing():
            send()


class _Back(asyncio.DatagramProtocol):
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._relay.back(data)


@asynccontextmanager
async def relayed(port: int, conditions: Conditions, seed: int = 1) -> AsyncIterator[Relay]:
    """Relay to the server on this machine."""
    relay = Relay(("127.0.0.1", port), conditions, seed)
    await relay.open()
    try:
        yield relay
    finally:
        relay.close()
