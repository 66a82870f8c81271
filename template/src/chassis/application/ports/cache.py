"""Port: a cache with an expiry; its loss costs speed and nothing else."""

from collections.abc import Mapping
from typing import Protocol


class Cache(Protocol):
    """Best effort: a cache that does not answer behaves as an empty one and raises nothing."""

    async def get(self, key: str) -> bytes | None:
        """Return the value, unless there is none or it has expired."""
        ...

    async def fill(self, entries: Mapping[str, bytes], version: int = 0) -> None:
        """Set the keys that are empty, and keep the others, which may be newer."""
        ...

    async def put(self, key: str, value: bytes, version: int = 0) -> None:
        """Set the key, unless it holds a later version: writers may come in any order."""
        ...

    async def check(self) -> None:
        """Return if it answers; raises `Unavailable` if not."""
        ...

    async def advice(self) -> str | None:
        """Return what the operator should change although it answers; raises `Unavailable`."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
