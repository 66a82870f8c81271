"""The scheduler: a runner for each job."""

import asyncio
import logging
from collections.abc import Sequence

from chassis.application.actors.job import Job
from chassis.application.actors.runner import Runner
from chassis.application.ports.clock import Clock
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.metrics import Metrics

log = logging.getLogger(__name__)

# Seconds that a running step has at a stop: other tasks stop within the same grace.
TIMEOUT = 2.0


class Scheduler:
    """Runs jobs in parallel, so that no job waits for another; each runs at most once at a time."""

    def __init__(
        self, jobs: Sequence[Job], election: LeaderElection, clock: Clock, metrics: Metrics
    ) -> None:
        names = [job.name for job in jobs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two jobs are called {name}: rename one of them")
        self._runners = [Runner(job, election, clock, metrics) for job in jobs]

    async def run(self, stopping: asyncio.Event) -> None:
        """Run them until `stopping` is set; a running step has two more seconds."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(runner.run(stopping), name=runner.name)
                for runner in self._runners
            ]
            await stopping.wait()
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=TIMEOUT)
                for task in late:
                    log.warning("not finished in time", extra={"actor": task.get_name()})
                    task.cancel()
