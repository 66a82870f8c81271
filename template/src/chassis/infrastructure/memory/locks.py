"""Locks inside the process."""

import math
from itertools import count

from chassis.application.ports.locks import Grant


class MemoryLocks:
    """The `Locks` of one process: they end with it, and no lease ends before."""

    lease = math.inf

    def __init__(self) -> None:
        self._held: dict[str, Grant] = {}
        self._tokens = count(1)

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        """Take the lock if it is free."""
        if name in self._held:
            return None
        token = next(self._tokens)
        if token <= above:
            token = above + 1
            self._tokens = count(token + 1)
        self._held[name] = Grant(name, token)
        return self._held[name]

    async def renew(self, grant: Grant) -> bool:
        """Return whether it is held."""
        return self.holds(grant)

    def holds(self, grant: Grant) -> bool:
        """Return whether it is held."""
        return self._held.get(grant.name) == grant

    async def release(self, grant: Grant) -> None:
        """Release it, if it is held."""
        if self.holds(grant):
            del self._held[grant.name]

    async def close(self) -> None:
        """Release all."""
        self._held.clear()
