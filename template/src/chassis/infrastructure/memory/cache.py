"""A cache inside the process, bounded in entries and in bytes."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

MAX_ENTRIES = 10_000
MAX_BYTES = 64 * 2**20


class MemoryCache:
    """Forgets entries after `ttl` seconds, and the oldest ones when it is full.

    It is full with `max_entries` entries, or with values of `max_bytes` together.
    """

    def __init__(
        self,
        ttl: float,
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl = ttl
        self._max_entries = max_entries
        self._room = max_bytes
        self._now = now
        self._entries: OrderedDict[str, tuple[float, bytes, int]] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """Return the value, unless there is none or it has expired."""
        expires_at, value, _ = self._entries.get(key, (0.0, None, 0))
        return value if self._now() < expires_at else None

    async def fill(self, entries: Mapping[str, bytes], version: int = 0) -> None:
        """Set the keys that are empty."""
        for key, value in entries.items():
            if await self.get(key) is None:
                self._set(key, value, version)

    async def put(self, key: str, value: bytes, version: int = 0) -> None:
        """Set the key, unless it holds a later version."""
        expires_at, _, held = self._entries.get(key, (0.0, b"", 0))
        if version >= held or self._now() >= expires_at:
            self._set(key, value, version)

    def _set(self, key: str, value: bytes, version: int) -> None:
        _, before, _ = self._entries.pop(key, (0.0, b"", 0))
        self._room += len(before) - len(value)
        self._entries[key] = (self._now() + self._ttl, value, version)
        while self._entries and (len(self._entries) > self._max_entries or self._room < 0):
            _, (_, oldest, _) = self._entries.popitem(last=False)
            self._room += len(oldest)

    async def check(self) -> None:
        """Return: it lives as long as the process."""

    async def advice(self) -> str | None:
        """Return no advice."""
        return None

    async def close(self) -> None:
        """Return: there is nothing to close."""
