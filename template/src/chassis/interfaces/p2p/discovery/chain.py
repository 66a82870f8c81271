"""Several ways to find a peer, one after the other."""

import logging
from collections.abc import Sequence

from chassis.interfaces.p2p.discovery.discovery import Discovery, Place

log = logging.getLogger(__name__)


class DiscoveryChain:
    """Asks each in turn until one knows the peer, and publishes its own address with all."""

    def __init__(self, *parts: Discovery) -> None:
        self._parts = parts

    async def announce(self, node_id: str, places: Sequence[Place]) -> None:
        for part in self._parts:
            try:
                await part.announce(node_id, places)
            except OSError as error:
                # Peers that know the address can connect all the same.
                log.warning("peers cannot discover this one", extra={"reason": str(error)})

    async def find(self, node_id: str) -> list[Place]:
        for part in self._parts:
            if found := await part.find(node_id):
                return found
        return []

    async def close(self) -> None:
        for part in self._parts:
            await part.close()
