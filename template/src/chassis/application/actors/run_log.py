"""The log of one job's runs, which stores those of the leader's jobs and those on request."""

import os
import socket
from datetime import datetime, timedelta

from chassis.application.ports.clock import Clock
from chassis.application.ports.job_runs import UNFINISHED, JobRunsWork, Outcome
from chassis.application.ports.locks import Grant

# Characters of a stored error.
LONGEST = 1000
_TICK = timedelta(microseconds=1)


class RunLog:
    """Claims and ends the runs of `job`; stores them if they `is_stored`, or on request."""

    def __init__(
        self, job: str, clock: Clock, runs: JobRunsWork | None, *, is_stored: bool
    ) -> None:
        self.job = job
        self._clock = clock
        self._runs = runs
        self._is_stored = is_stored
        self._runner = f"{socket.gethostname()}:{os.getpid()}"
        self._run: int | None = None

    async def since(self, now: datetime) -> datetime:
        """Return the time after which runs are due: that of the last one that has ended.

        A job that is new is noted, so that a run which it misses later is known. Raises
        `Unavailable`.
        """
        if self._runs is None or not self._is_stored:
            return now
        async with self._runs.begin() as runs:
            last = await runs.last(self.job)
            if last is None:
                await runs.add(self.job, now, "added", by_hand=False)
                return now
        return last.due_at - _TICK if last.outcome in UNFINISHED else last.due_at

    async def begin(
        self, due_at: datetime, fence: Grant | None = None, *, is_requested: bool = False
    ) -> bool:
        """Claim the run under the leader's grant; return whether it is still to do.

        Raises `StaleGrant` if another process leads, and `Unavailable`.
        """
        if self._runs is None or not (self._is_stored or is_requested):
            return True
        async with self._runs.begin(fence) as runs:
            self._run = await runs.claim(self.job, due_at, self._runner, self._clock())
        return self._run is not None

    async def end(self, outcome: Outcome, error: str = "", fence: Grant | None = None) -> None:
        """Record the end of the run. Raises `StaleGrant` if `fence` is old, and `Unavailable`."""
        run = self._run
        if self._runs is not None and run is not None:
            text = error[:LONGEST].replace("\0", "\\0").encode(errors="backslashreplace").decode()
            async with self._runs.begin(fence) as runs:
                await runs.end(run, self._runner, outcome, self._clock(), text)
        self._run = None

    def leave(self) -> None:
        """Leave the run unfinished in the store: the next leader continues it."""
        self._run = None
