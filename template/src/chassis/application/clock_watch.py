"""The clock watch: ids and leases hold the time, so the clocks of replicas must agree."""

import asyncio
from datetime import datetime, timedelta

from chassis.application.actors.actor import Actor
from chassis.application.errors import Unavailable
from chassis.application.ports.clock import Clock, SharedClock
from chassis.application.ports.metrics import Gauge, Metrics

# Seconds. A consumer takes events up to five minutes ahead of its clock; this leaves time to act.
MOST_OFF = timedelta(minutes=1)
# Seconds between two reads of the database's clock.
INTERVAL = 15.0
# Seconds for which an event from ahead is a reason to check the clocks.
REMEMBERED = timedelta(minutes=2)

OFFSET = Gauge(
    "clock_offset_seconds",
    "This process's clock minus the database's; 0 if the database has no clock.",
)


class ClockWatch(Actor):
    """Compares the clock with the database's, and with the times of events that are ahead of it."""

    def __init__(self, shared: SharedClock, clock: Clock, metrics: Metrics) -> None:
        super().__init__("clock_watch", metrics)
        self._shared = shared
        self._clock = clock
        self._offset = timedelta(0)
        self._met_at: datetime | None = None
        self._ahead_by = timedelta(0)
        metrics.watch(OFFSET, lambda: self._offset.total_seconds())

    async def check(self) -> None:
        """Return if the clock seems right; raises `Unavailable`, with the reason, if not."""
        if abs(self._offset) > MOST_OFF:
            seconds = self._offset.total_seconds()
            way = "ahead of" if seconds > 0 else "behind"
            raise Unavailable(
                f"this clock is {abs(seconds):.0f} s {way} the database's: set both by NTP"
            )
        if self._met_at is not None and abs(self._clock() - self._met_at) < REMEMBERED:
            raise Unavailable(
                f"an event came from {self._ahead_by.total_seconds():.0f} s ahead of this clock: "
                "set it, or its producer's, by NTP"
            )

    def meet_ahead(self, time: datetime) -> None:
        """Record an event with a `time` that is ahead of the clock."""
        self._met_at = self._clock()
        self._ahead_by = time - self._met_at

    async def step(self) -> bool:
        """Read the database's clock once."""
        before = self._clock()
        shared = await self._shared.time()
        after = self._clock()
        if shared is not None:
            # The database read its clock between the two: a slow answer proves no offset.
            self._offset = max(before - shared, min(timedelta(0), after - shared))
        return False

    async def rest(self) -> None:
        """Wait for the next read."""
        await asyncio.sleep(INTERVAL)
