"""Leader election by a lock: the process that holds it leads."""

import time

from chassis.application.errors import LockLost
from chassis.application.ports.locks import Grant, Locks

LEADER = "leader"


class LockElection:
    """A candidate with locks of its own, which it closes when it resigns.

    `name` is that of an election besides the main one, which has none.
    """

    def __init__(self, locks: Locks, name: str = "") -> None:
        self._locks = locks
        self._name = f"{LEADER}-{name}" if name else LEADER
        self._grant: Grant | None = None
        self._until = 0.0

    @property
    def is_leader(self) -> bool:
        """Whether it holds the lock, and had an answer within the lease."""
        grant = self._grant
        return grant is not None and time.monotonic() < self._until and self._locks.holds(grant)

    def grant(self) -> Grant:
        """Return the grant; raises `LockLost` if it does not lead."""
        if self._grant is None or not self.is_leader:
            raise LockLost(f"this process does not hold the lock {self._name}")
        return self._grant

    async def campaign(self) -> bool:
        """Take the lock if it is free, or renew it."""
        asked = time.monotonic()
        try:
            if self._grant is None or not await self._locks.renew(self._grant):
                self._grant = None
                self._grant = await self._locks.acquire(self._name)
        except BaseException:
            if self._grant is not None and not self._locks.holds(self._grant):
                self._grant = None
            raise
        if self._grant is not None:
            self._until = asked + self._locks.lease
        return self.is_leader

    async def resign(self) -> None:
        """Release the lock, and disconnect."""
        self._grant = None
        await self._locks.close()
