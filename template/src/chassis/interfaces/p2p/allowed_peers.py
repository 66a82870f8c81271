"""The peers that may connect."""

from collections.abc import Collection


class AllowedPeers:
    """The node ids in `listed`; without any, every peer if `is_open`, and none otherwise."""

    def __init__(self, listed: Collection[str], *, is_open: bool) -> None:
        self._listed = frozenset(listed)
        self._is_open = is_open

    def allow(self, node_id: str) -> bool:
        """Return whether the peer with that node id may connect."""
        return node_id in self._listed if self._listed else self._is_open
