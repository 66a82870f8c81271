"""Locks in memory whose leases end, and that can be told to fail."""

import asyncio

from chassis.application.errors import Unavailable
from chassis.application.ports.locks import Grant
from chassis.infrastructure.memory.locks import MemoryLocks


class LeasedLocks(MemoryLocks):
    """`lost` grants are renewed no more; an unavailable place answers nothing."""

    def __init__(self, lease: float = 5.0) -> None:
        super().__init__()
        self.lease = lease
        self.is_available = True
        self.renewed = 0
        self.released: list[str] = []
        # The time that an acquisition takes.
        self.delay = 0.0

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        self._reach()
        grant = await super().acquire(name, above)
        await asyncio.sleep(self.delay)
        return grant

    async def renew(self, grant: Grant) -> bool:
        self._reach()
        self.renewed += 1
        return await super().renew(grant)

    async def release(self, grant: Grant) -> None:
        self.released.append(grant.name)
        await super().release(grant)

    async def take_away(self, name: str) -> None:
        """Have the holder lose the lock."""
        del self._held[name]

    def _reach(self) -> None:
        if not self.is_available:
            raise Unavailable("away")
