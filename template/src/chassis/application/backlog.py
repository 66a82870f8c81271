"""The backlog: how much waits in the outbox, and whether the service may accept more."""

import asyncio
from datetime import datetime
from uuid import UUID

from chassis.application.actors.actor import Actor
from chassis.application.errors import Busy
from chassis.application.ports.clock import Clock
from chassis.application.ports.metrics import Gauge, Metrics
from chassis.application.ports.pending import Pending
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of

RETRY_AFTER = 5
# Maximum age of the count, in seconds, while the database answers.
INTERVAL = 1.0

ROWS = Gauge("outbox_rows", "Events that wait for the broker, counted up to just over the mark.")
AGE = Gauge("outbox_oldest_age_seconds", "How long the oldest event has waited.")


class Backlog(Actor):
    """Reads the outbox's size once a second, and refuses new work while it is above `mark`."""

    def __init__(self, pending: Pending, clock: Clock, metrics: Metrics, mark: int) -> None:
        super().__init__("backlog", metrics)
        self._pending = pending
        self._clock = clock
        self._mark = mark
        self._count = 0
        self._since: datetime | None = None
        metrics.watch(ROWS, lambda: self._count)
        metrics.watch(AGE, self._age)

    async def check(self) -> None:
        """Raise `Busy` while more than `mark` envelopes wait for the broker."""
        if self._count > self._mark:
            raise Busy(f"more than {self._mark} events wait for the broker", RETRY_AFTER)

    async def step(self) -> bool:
        """Count the waiting envelopes."""
        extent = await self._pending.extent(at_most=self._mark + 1)
        self._count = extent.count
        self._since = _registered_at(extent.oldest) if extent.oldest else None
        return False

    async def rest(self) -> None:
        """Wait a second."""
        await asyncio.sleep(INTERVAL)

    def _age(self) -> float:
        if self._since is None:
            return 0.0
        return max(0.0, (self._clock() - self._since).total_seconds())


def _registered_at(identity: UUID) -> datetime | None:
    try:
        return time_of(identity)
    except Invalid:
        # The id of a replayed event holds no time.
        return None
