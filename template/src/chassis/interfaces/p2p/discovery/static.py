"""Addresses from a list."""

from collections.abc import Iterable, Sequence

from chassis.interfaces.p2p.address import PeerAddress
from chassis.interfaces.p2p.discovery.discovery import Place


class StaticDiscovery:
    """Knows the peers of a list; it publishes nothing."""

    def __init__(self, addresses: Iterable[PeerAddress]) -> None:
        self._addresses = tuple(addresses)

    async def announce(self, node_id: str, places: Sequence[Place]) -> None:
        pass

    async def find(self, node_id: str) -> list[Place]:
        return [(each.host, each.port) for each in self._addresses if each.node_id == node_id]

    async def close(self) -> None:
        pass
