"""The delayed relay: moves delayed events to the outbox when their time has come."""

import asyncio
from datetime import datetime, timedelta

from chassis.application.actors.actor import Actor
from chassis.application.delay_limits import DelayLimits
from chassis.application.ports.clock import Clock
from chassis.application.ports.delayed_outbox import DelayedOutbox
from chassis.application.ports.metrics import Gauge, Metrics
from chassis.application.ports.signal import Signal

BATCH = 500
# Seconds between two looks, at most: another process may add an event with an earlier time.
POLL = 0.5
# The count reads an index entry for each waiting event.
COUNT_INTERVAL = timedelta(seconds=10)

ROWS = Gauge(
    "outbox_delayed_rows",
    "Delayed events whose time has not come, counted up to just over the mark.",
)
LIMIT = Gauge(
    "outbox_delayed_rows_limit", "The number of delayed events above which others are refused."
)
OVERDUE = Gauge(
    "outbox_delayed_overdue_seconds",
    "How long the time of a delayed event has passed without its move to the outbox.",
)


class DelayedRelay(Actor):
    """Looks for the earliest time, sleeps until then, and moves what is due.

    The relay publishes moved events like all others.
    """

    def __init__(
        self,
        delayed: DelayedOutbox,
        signal: Signal,
        clock: Clock,
        metrics: Metrics,
        limits: DelayLimits,
    ) -> None:
        super().__init__("delayed_relay", metrics)
        self._delayed = delayed
        self._signal = signal
        self._clock = clock
        self._limits = limits
        self._next: datetime | None = None
        self._counted_at: datetime | None = None
        metrics.watch(ROWS, lambda: limits.waiting)
        metrics.gauge(LIMIT, limits.most)
        metrics.watch(OVERDUE, self._overdue)

    async def step(self) -> bool:
        """Move a batch of due events; return whether there were any."""
        now = self._clock()
        await self._count(now)
        self._next = await self._delayed.next()
        if self._next is None or self._next > now:
            return False
        moved = await self._delayed.release(now, limit=BATCH)
        if not moved:
            # Another replica moves them.
            return False
        self._measure(moved)
        await self._signal.notify()
        return True

    async def rest(self) -> None:
        """Wait for the next time, at most half a second."""
        left = POLL
        if self._next is not None:
            until = (self._next - self._clock()).total_seconds()
            left = min(POLL, until) if until > 0 else POLL
        await asyncio.sleep(left)

    async def _count(self, now: datetime) -> None:
        last = self._counted_at
        # A clock that is set back must not stop the count.
        if last is None or not last <= now < last + COUNT_INTERVAL:
            self._limits.waiting = await self._delayed.count(at_most=self._limits.most + 1)
            self._counted_at = now

    def _overdue(self) -> float:
        if self._next is None:
            return 0.0
        return max(0.0, (self._clock() - self._next).total_seconds())
