"""A runner: runs one job on time, and never twice at once."""

import asyncio
import logging
import time
from collections import deque
from datetime import datetime

from chassis.application.actors.actor import Actor
from chassis.application.actors.job import Job
from chassis.application.actors.job_metrics import JobMetrics
from chassis.application.actors.run_log import RunLog
from chassis.application.actors.timers import CronTimer, IntervalTimer, Timer
from chassis.application.errors import LockLost, StaleGrant, Unavailable
from chassis.application.ports.clock import Clock
from chassis.application.ports.job_runs import JobRunsWork, Outcome
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.lifecycle import Lifecycle
from chassis.application.ports.locks import Grant
from chassis.application.ports.metrics import Metrics

log = logging.getLogger(__name__)

# Seconds between two steps, or as long as the last one took: the job works at most half of the
# time.
PAUSE = 0.1
# Seconds after which a replica that does not lead checks again whether it does.
POLL_INTERVAL = 2.0


class Runner(Actor):
    """Runs a job at its times, if it may run on this replica.

    If a step fails, the run is logged and ends; the next one begins at its time. During an outage
    the run waits and continues. A run ends as `interrupted` if its leader loses the lead, even if
    it leads again: another process may have run the job meanwhile.
    """

    def __init__(
        self,
        job: Job,
        election: LeaderElection,
        clock: Clock,
        metrics: Metrics,
        runs: JobRunsWork | None = None,
        lifecycle: Lifecycle | None = None,
    ) -> None:
        super().__init__(f"job {job.name}", metrics)
        self.job = job
        self._election = election
        self._lifecycle = lifecycle
        self._clock = clock
        self._log = RunLog(job.name, clock, runs, is_stored=job.leader_only)
        self._timer = _timer(job, self._log, clock)
        self._measures = JobMetrics(job.name, metrics, self._next)
        self._requests: deque[datetime] = deque()
        self._requested = asyncio.Event()
        # The run, if there is one: its start, its next step, and its end that is not stored yet.
        self._began: float | None = None
        self._is_by_request = False
        self._again = 0.0
        self._ending: tuple[Outcome, str] | None = None
        # The leader's grant for the run, and one that the store has refused.
        self._grant: Grant | None = None
        self._refused: Grant | None = None

    def request(self, due_at: datetime) -> None:
        """Run the job now, or after the present run: an operator has asked for it."""
        if due_at not in self._requests:
            self._requests.append(due_at)
            self._requested.set()

    async def step(self) -> bool:
        """Take a step of the job if it is due; raises the job's `Unavailable`."""
        if self._ending is not None:
            await self._end(*self._ending)
        if self._may_not_run() or self._is_superseded():
            self._interrupt()
            return False
        if self._began is None and not await self._begin():
            return False
        now = time.monotonic()
        if now < self._again:
            return False
        try:
            more = await self._take()
        except Unavailable:
            raise
        except Exception as error:
            log.exception("job failed", extra={"job": self.job.name, "error": str(error)})
            await self._end("failed", str(error) or type(error).__name__)
            return False
        if more:
            took = time.monotonic() - now
            self._again = time.monotonic() + max(PAUSE, took)
        else:
            self._measures.succeeded(self._clock())
            await self._end("done")
        return False

    async def rest(self) -> None:
        """Wait for the next step; a replica that does not lead checks again after a while."""
        left = self._left()
        self._requested.clear()
        try:
            async with asyncio.timeout(left):
                await self._requested.wait()
        except TimeoutError:
            return

    def _left(self) -> float:
        """Return the seconds until the next step."""
        if self._may_not_run():
            return POLL_INTERVAL
        if self._began is not None:
            return self._again - time.monotonic()
        if self._requests:
            return 0.0
        left = self._timer.left()
        return POLL_INTERVAL if left is None else left

    def _may_not_run(self) -> bool:
        return self.job.leader_only and self._lead() in (None, self._refused)

    def _is_superseded(self) -> bool:
        """Return whether the run has begun under another grant."""
        return self.job.leader_only and self._began is not None and self._lead() != self._grant

    def _lead(self) -> Grant | None:
        """Return the grant under which this process leads, if it does."""
        try:
            return self._election.grant()
        except LockLost:
            return None

    async def _begin(self) -> bool:
        """Claim the run that is due or requested; return whether there is one."""
        self._is_by_request = bool(self._requests)
        due = self._requests[0] if self._requests else await self._timer.due()
        if due is None:
            return False
        try:
            is_ours = await self._claim(due)
        except LockLost:
            self._refused = self._grant
            self._interrupt()
            return False
        if self._is_by_request:
            self._requests.popleft()
        if not is_ours:
            # Another leader has run it.
            self._timer.forget()
            return False
        self._began, self._again = time.monotonic(), 0.0
        self._measures.began(self._clock())
        return True

    async def _claim(self, due: datetime) -> bool:
        """Return whether the run is this process's; raises `LockLost` if another one leads."""
        self._grant = None
        if self.job.leader_only or self._is_by_request:
            self._grant = self._election.grant()
        return await self._log.begin(due, self._grant, is_requested=self._is_by_request)

    async def _take(self) -> bool:
        limit = asyncio.timeout(self.job.limit)
        try:
            async with limit:
                return await self.job.step()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimeoutError(f"a step took longer than {self.job.limit:g} s") from error

    async def _end(self, outcome: Outcome, error: str = "") -> None:
        self._ending = outcome, error
        # If another process leads, what is done is done. But what has failed is its to repeat.
        fence = self._grant if self.job.leader_only and outcome == "failed" else None
        try:
            await self._log.end(outcome, error, fence)
        except StaleGrant:
            self._refused = self._grant
            self._interrupt()
            return
        if outcome == "failed" and self._lifecycle:
            self._lifecycle.report("job-failed", self.job.name, error)
        self._finish(outcome)
        if not self._is_by_request:
            self._timer.ended()

    def _interrupt(self) -> None:
        """Leave the run to the process that leads now: it finds the run unfinished."""
        self._timer.forget()
        self._requests.clear()
        if self._began is not None:
            self._log.leave()
            self._finish("interrupted")

    def _finish(self, outcome: Outcome) -> None:
        now = time.monotonic()
        self._measures.ended(outcome, now - (self._began or now))
        self._began = self._ending = None

    def _next(self) -> float:
        """Return the time of the next run, in seconds since 1970; 0 while it is unknown."""
        return 0.0 if self._may_not_run() else self._timer.begins_at()


def _timer(job: Job, runs: RunLog, clock: Clock) -> Timer:
    if job.cron is not None:
        return CronTimer(job.cron, runs, clock)
    assert job.interval is not None
    return IntervalTimer(job.interval, job.jitter, clock)
