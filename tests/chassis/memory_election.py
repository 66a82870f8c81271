"""Leader election in memory, for candidates of one process."""

from chassis.application.errors import LockLost
from chassis.application.ports.locks import Grant


class MemorySeat:
    """The lead that candidates compete for; while it is not `available`, no candidate gets an
    answer.
    """

    def __init__(self) -> None:
        self.holder: MemoryElection | None = None
        self.available = True
        self.token = 0


class MemoryElection:
    """A candidate for a seat."""

    def __init__(self, seat: MemorySeat | None = None) -> None:
        self._seat = seat or MemorySeat()

    @property
    def is_leader(self) -> bool:
        return self._seat.holder is self

    async def campaign(self) -> bool:
        if self._seat.holder is None:
            self._seat.holder = self
            self._seat.token += 1
        return self.is_leader

    def grant(self) -> Grant:
        if not self.is_leader:
            raise LockLost("this candidate does not lead")
        return Grant("leader", self._seat.token)

    async def resign(self) -> None:
        if self.is_leader:
            self._seat.holder = None
