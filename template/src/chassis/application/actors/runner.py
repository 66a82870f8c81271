"""A runner: runs one job on time, and never twice at once."""

import asyncio
import logging
import random
import time

from chassis.application.actors.actor import Actor
from chassis.application.actors.job import Job
from chassis.application.errors import Unavailable
from chassis.application.ports.clock import Clock
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.metrics import Counter, Gauge, Histogram, Metrics

log = logging.getLogger(__name__)

# Seconds. The first run begins within so many seconds of the start, but not at it: the start has
# much other work.
INITIAL_DELAY = 10.0
# Seconds between two steps, or as long as the last one took: the job works at most half of the
# time.
PAUSE = 0.1
# Seconds after which a replica that does not lead checks again whether it does.
POLL_INTERVAL = 2.0

RUNS = Counter("job_runs", "Runs of a job that have ended.", ("job", "outcome"))
OUTCOMES = ("done", "failed", "interrupted")
SECONDS = Histogram(
    "job_duration_seconds",
    "How long a run took, with its pauses.",
    buckets=(0.01, 0.1, 1, 10, 60, 600, 3600),
    labels=("job",),
)
SUCCESS = Gauge("job_last_success_timestamp_seconds", "When a run last completed.", ("job",))


class Runner(Actor):
    """Runs a job at its intervals, if it may run on this replica.

    If a step fails, the run is logged and ends; the next one begins at its time. During an outage
    the run waits and continues. A run ends as `interrupted` if its leader loses the lead.
    """

    def __init__(self, job: Job, election: LeaderElection, clock: Clock, metrics: Metrics) -> None:
        super().__init__(f"job {job.name}", metrics)
        self._job = job
        self._election = election
        self._clock = clock
        self._began: float | None = None
        self._due = time.monotonic() + random.uniform(0, min(INITIAL_DELAY, job.interval))
        for outcome in OUTCOMES:
            metrics.count(RUNS, job.name, outcome, amount=0)

    async def step(self) -> bool:
        """Take a step of the job if it is due; raises the job's `Unavailable`."""
        now = time.monotonic()
        if now < self._due:
            return False
        if self._job.leader_only and not self._election.is_leader:
            self._interrupt()
            return False
        self._began = self._began or now
        try:
            more = await self._take()
        except Unavailable:
            raise
        except Exception as error:
            log.exception("job failed", extra={"job": self._job.name, "error": str(error)})
            self._end("failed")
            return False
        if more:
            took = time.monotonic() - now
            self._due = time.monotonic() + max(PAUSE, took)
        else:
            self._metrics.gauge(SUCCESS, self._clock().timestamp(), self._job.name)
            self._end("done")
        return False

    async def rest(self) -> None:
        """Wait for the next step; a replica that does not lead checks again after a while."""
        left = self._due - time.monotonic()
        await asyncio.sleep(left if left > 0 else POLL_INTERVAL)

    async def _take(self) -> bool:
        limit = asyncio.timeout(self._job.limit)
        try:
            async with limit:
                return await self._job.step()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimeoutError(f"a step took longer than {self._job.limit:g} s") from error

    def _interrupt(self) -> None:
        if self._began is not None:
            due = self._due
            self._end("interrupted")
            self._due = due

    def _end(self, outcome: str) -> None:
        now = time.monotonic()
        self._metrics.count(RUNS, self._job.name, outcome)
        self._metrics.observe(SECONDS, now - (self._began or now), self._job.name)
        self._began = None
        jitter = random.uniform(-self._job.jitter, self._job.jitter)
        self._due = now + self._job.interval * (1 + jitter)
