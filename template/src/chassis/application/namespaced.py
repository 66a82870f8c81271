"""Keys that carry the epoch, so that databases can share a Redis.

A restored database does not read the keys of its earlier state either.
"""

from collections.abc import Mapping

from chassis.application.epoch import EpochMonitor
from chassis.application.errors import Unavailable
from chassis.application.ports.cache import Cache
from chassis.application.ports.rate_limit import RateLimit


class NamespacedCache:
    """The `Cache` of one database. It is empty while the epoch is not known."""

    def __init__(self, cache: Cache, epoch: EpochMonitor) -> None:
        self._cache = cache
        self._epoch = epoch

    async def get(self, key: str) -> bytes | None:
        """Return the value, unless there is none or it has expired."""
        try:
            epoch = await self._epoch.current()
        except Unavailable:
            return None
        return await self._cache.get(f"{epoch}:{key}")

    async def fill(self, entries: Mapping[str, bytes], version: int = 0) -> None:
        """Set the keys that are empty, and keep the others, which may be newer."""
        try:
            epoch = await self._epoch.current()
        except Unavailable:
            return
        named = {f"{epoch}:{key}": value for key, value in entries.items()}
        await self._cache.fill(named, version)

    async def put(self, key: str, value: bytes, version: int = 0) -> None:
        """Set the key, unless it holds a later version.

        Raises `Unavailable` if the epoch is not known: other replicas may then have the old value.
        """
        await self._cache.put(f"{await self._epoch.current()}:{key}", value, version)

    async def check(self) -> None:
        """Return if it answers; raises `Unavailable` if not."""
        await self._cache.check()

    async def advice(self) -> str | None:
        """Return what the operator should change although it answers; raises `Unavailable`."""
        return await self._cache.advice()

    async def close(self) -> None:
        """Close the connection."""
        await self._cache.close()


class NamespacedRateLimit:
    """The `RateLimit` of one database's callers."""

    def __init__(self, limit: RateLimit, epoch: EpochMonitor) -> None:
        self._limit = limit
        self._epoch = epoch

    async def take(self, caller: str) -> float:
        """Take one request; return 0, or the seconds to wait."""
        # Does not wait for the database, so that its outage delays no caller.
        return await self._limit.take(f"{self._epoch.known}:{caller}")

    async def close(self) -> None:
        """Close the connection."""
        await self._limit.close()
