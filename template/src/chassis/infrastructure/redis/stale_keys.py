"""Keys whose value in Redis may be stale, since setting them failed."""

from collections.abc import Sequence

MAX_KEYS = 1000


class StaleKeys:
    """Holds such keys until they are deleted, at most `MAX_KEYS`, the newest ones.

    A key beyond that, or in a process that ends, keeps its old value until it expires.
    """

    def __init__(self) -> None:
        self._keys: dict[str, object] = {}

    def add(self, key: str) -> None:
        """Add a key."""
        self._keys.pop(key, None)
        self._keys[key] = object()
        if len(self._keys) > MAX_KEYS:
            del self._keys[next(iter(self._keys))]

    def entries(self) -> Sequence[tuple[str, object]]:
        """Return the keys to delete, each with a mark for `discard`."""
        return tuple(self._keys.items())

    def discard(self, deleted: Sequence[tuple[str, object]]) -> None:
        """Forget these, except those that were added again meanwhile."""
        for key, mark in deleted:
            if self._keys.get(key) is mark:
                del self._keys[key]
