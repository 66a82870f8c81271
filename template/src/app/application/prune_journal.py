"""Prune the journal: remove the events that are older than its retention."""

from datetime import timedelta

from app.application.ports.clock import Clock
from app.application.ports.work import MachineryWork

BATCH = 5000


class PruneJournalHandler:
    """Works in short transactions, so that it holds nobody up; any number of replicas may do so."""

    def __init__(self, work: MachineryWork, clock: Clock, retention: timedelta) -> None:
        self._work = work
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> bool:
        """Take a step; return whether there may be more to remove. Raises `Unavailable`."""
        before = self._clock() - self._retention
        async with self._work.begin() as work:
            return await work.journal.prune(before, limit=BATCH)
