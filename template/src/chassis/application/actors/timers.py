"""Timers: when the next run of a job is due."""

import logging
import random
import time
from datetime import datetime, timedelta
from typing import Protocol

from chassis.application.actors.run_log import RunLog
from chassis.application.ports.clock import Clock
from chassis.application.ports.timetable import Timetable

log = logging.getLogger(__name__)

# Seconds. The first run begins within so many seconds of the start, but not at it: the start has
# much other work.
INITIAL_DELAY = 10.0
# A run that begins later than that was missed: longer than a change of leader or a restart takes.
LATE = timedelta(minutes=1)
# Seconds between two looks at the clock: it may be set, or the machine may have slept.
GLANCE = 20.0


class Timer(Protocol):
    """Says when a job's next run is due."""

    def left(self) -> float | None:
        """Return the seconds until `due` should be called again; `None` if they are unknown."""
        ...

    async def due(self) -> datetime | None:
        """Return the due time of the run that should begin now, or `None`."""
        ...

    def begins_at(self) -> float:
        """Return when the next run begins, in seconds since 1970; 0 if that is unknown."""
        ...

    def ended(self) -> None:
        """Record that the run has ended; the next one comes at its time."""
        ...

    def forget(self) -> None:
        """Record that another process may run the job from now on."""
        ...


class IntervalTimer:
    """Counts from the end of one run to the next, by this process's clock."""

    def __init__(self, interval: float, jitter: float, clock: Clock) -> None:
        self._interval = interval
        self._jitter = jitter
        self._clock = clock
        self._due = time.monotonic() + random.uniform(0, min(INITIAL_DELAY, interval))

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self._due - time.monotonic())

    async def due(self) -> datetime | None:
        """Return now, if the interval is over."""
        return None if time.monotonic() < self._due else self._clock()

    def begins_at(self) -> float:
        """Return the end of the interval: in the past while a run is late, or lasts."""
        return self._clock().timestamp() + self._due - time.monotonic()

    def ended(self) -> None:
        """Begin the next interval."""
        jitter = random.uniform(-self._jitter, self._jitter)
        self._due = time.monotonic() + self._interval * (1 + jitter)

    def forget(self) -> None:
        """Change nothing: the interval goes on."""


class CronTimer:
    """Follows a timetable from the last stored run, or from now where runs are not stored."""

    def __init__(self, table: Timetable, runs: RunLog, clock: Clock) -> None:
        self._table = table
        self._runs = runs
        self._clock = clock
        self._after: datetime | None = None
        self._begin: datetime | None = None
        self._claimed: datetime | None = None

    def left(self) -> float | None:
        """Return the seconds until the next run, but soon look at the clock again."""
        if self._begin is None:
            return None
        return min(GLANCE, max(0.0, (self._begin - self._clock()).total_seconds()))

    async def due(self) -> datetime | None:
        """Return the newest due time that has passed; older ones that were missed are left out."""
        now = self._clock()
        if self._after is None:
            self._after = await self._runs.since(now)
        if self._begin is None:
            self._go_on(self._after)
        assert self._begin is not None
        if now < self._begin:
            return None
        newest = self._table.latest(self._after, now)
        if newest is None:
            # The clock was set back.
            self._go_on(self._after)
            return None
        if self._table.missed == "skip" and now - newest > LATE + self._jitter:
            log.warning(
                "missed run skipped", extra={"job": self._runs.job, "due": newest.isoformat()}
            )
            self._go_on(newest)
            return None
        self._claimed = newest
        return newest

    def begins_at(self) -> float:
        """Return the next due time, with its delay."""
        return 0.0 if self._begin is None else self._begin.timestamp()

    def ended(self) -> None:
        """Continue after the run that has ended."""
        if self._claimed is not None:
            self._go_on(self._claimed)

    def forget(self) -> None:
        """Read the last stored run again before the next one."""
        self._after = self._begin = None

    @property
    def _jitter(self) -> timedelta:
        return timedelta(seconds=self._table.jitter)

    def _go_on(self, after: datetime) -> None:
        """Wait for the first due time after that one."""
        self._after = after
        self._begin = self._table.next(after) + random.uniform(0, 1) * self._jitter
