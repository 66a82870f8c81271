"""The backlog: how much waits in the outbox, and whether the service may accept more."""

import asyncio
from datetime import datetime
from uuid import UUID

from chassis.application.actors.actor import Actor
from chassis.application.errors import Busy
from chassis.application.ports.clock import Clock
from chassis.application.ports.metrics import Gauge, Metrics
from chassis.application.ports.outbox_reader import OutboxReader
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of

RETRY_AFTER = 5
# Maximum age of the count, in seconds, while the database answers.
INTERVAL = 1.0

ROWS = Gauge("outbox_rows", "Events that wait for the broker, counted up to just over the mark.")
LIMIT = Gauge("outbox_rows_limit", "The number of waiting events above which callers are refused.")
AGE = Gauge("outbox_oldest_age_seconds", "How long the oldest event has waited.")


class Backlog(Actor):
    """Reads the outbox's size each second, and refuses new work above `high_water_mark`."""

    def __init__(
        self, outbox: OutboxReader, clock: Clock, metrics: Metrics, high_water_mark: int
    ) -> None:
        super().__init__("backlog", metrics)
        self._outbox = outbox
        self._clock = clock
        self._high_water_mark = high_water_mark
        self._count = 0
        self._since: datetime | None = None
        metrics.watch(ROWS, lambda: self._count)
        metrics.watch(AGE, self._age)
        metrics.gauge(LIMIT, high_water_mark)

    async def check(self) -> None:
        """Raise `Busy` while more than `high_water_mark` envelopes wait for the broker."""
        if self._count > self._high_water_mark:
            raise Busy(f"more than {self._high_water_mark} events wait for the broker", RETRY_AFTER)

    async def step(self) -> bool:
        """Count the waiting envelopes."""
        depth = await self._outbox.depth(at_most=self._high_water_mark + 1)
        self._count = depth.count
        self._since = _registered_at(depth.oldest) if depth.oldest else None
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
