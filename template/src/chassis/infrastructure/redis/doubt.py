"""Keys whose value in Redis may be an old one, since setting them failed."""

from collections.abc import Sequence

MAX_KEYS = 1000


class Doubt:
    """Holds such keys until they were deleted, at most `MAX_KEYS`, the newest ones.

    A key beyond that, or in a process that ends, keeps its old value until it expires.
    """

    def __init__(self) -> None:
        self._keys: dict[str, object] = {}

    def add(self, key: str) -> None:
        """Doubt a key."""
        self._keys.pop(key, None)
        self._keys[key] = object()
        if len(self._keys) > MAX_KEYS:
            del self._keys[next(iter(self._keys))]

    def open(self) -> Sequence[tuple[str, object]]:
        """Return what to delete, each with a mark for `settle`."""
        return tuple(self._keys.items())

    def settle(self, deleted: Sequence[tuple[str, object]]) -> None:
        """Trust these again, except those that were doubted anew meanwhile."""
        for key, mark in deleted:
            if self._keys.get(key) is mark:
                del self._keys[key]
