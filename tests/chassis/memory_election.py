"""Leader election in memory, for candidates of one process."""


class MemorySeat:
    """The lead that candidates compete for; while it is not `available`, no candidate gets an
    answer.
    """

    def __init__(self) -> None:
        self.holder: MemoryElection | None = None
        self.available = True


class MemoryElection:
    """A candidate for a seat."""

    def __init__(self, seat: MemorySeat | None = None) -> None:
        self._seat = seat or MemorySeat()

    @property
    def is_leader(self) -> bool:
        return self._seat.holder is self

    async def campaign(self) -> bool:
        self._seat.holder = self._seat.holder or self
        return self.is_leader

    async def resign(self) -> None:
        if self.is_leader:
            self._seat.holder = None
