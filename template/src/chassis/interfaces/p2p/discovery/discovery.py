"""The port to whatever knows the addresses of peers."""

from collections.abc import Sequence
from typing import Protocol

type Place = tuple[str, int]


class Discovery(Protocol):
    """Finds the addresses of a peer by its node id.

    An answer need not be true: the handshake fails unless the peer has the private key.
    """

    async def announce(self, node_id: str, places: Sequence[Place]) -> None:
        """Let others find this peer, until `close`."""
        ...

    async def find(self, node_id: str) -> list[Place]:
        """Return the known hosts and ports of a peer; empty if it is not known."""
        ...

    async def close(self) -> None:
        """End, and take back what was announced."""
        ...
