"""Pruning: a job's step that removes the rows of one store that are older than a retention."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from chassis.application.ports.clock import Clock
from chassis.application.ports.unit_of_work import UnitOfWork

BATCH = 5000


class Prunable(Protocol):
    """A store whose old rows can be removed."""

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` rows older than `before`; return whether there may be more."""
        ...


def itself[Store](store: Store) -> Store:
    """Return the store: what a transaction gives, if it gives nothing else."""
    return store


class PruneHandler[Work]:
    """Prunes the store that `store_of` returns of a transaction, in one short transaction a step.

    Any number of replicas may prune at once.
    """

    def __init__(
        self,
        work: UnitOfWork[Work],
        store_of: Callable[[Work], Prunable],
        clock: Clock,
        retention: timedelta,
    ) -> None:
        self._work = work
        self._store_of = store_of
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> bool:
        """Take a step; return whether there may be more to remove. Raises `Unavailable`."""
        before = self._clock() - self._retention
        async with self._work.begin() as work:
            return await self._store_of(work).prune(before, limit=BATCH)
