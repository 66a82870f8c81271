"""The scheduler: a runner for each job."""

import asyncio
import logging
from collections.abc import Sequence

from chassis.application.actors.actor import Actor
from chassis.application.actors.job import Job
from chassis.application.actors.run_requests import RunRequests
from chassis.application.actors.runner import Runner
from chassis.application.ports.clock import Clock
from chassis.application.ports.job_runs import JobRunsWork
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.lifecycle import Lifecycle
from chassis.application.ports.metrics import Metrics

log = logging.getLogger(__name__)

# Seconds that a running step has at a stop: other tasks stop within the same grace.
TIMEOUT = 2.0


class Scheduler:
    """Runs jobs in parallel, so that no job waits for another; each runs at most once at a time.

    With `runs`, it stores the runs of the leader's jobs, and runs jobs that operators request.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        election: LeaderElection,
        clock: Clock,
        metrics: Metrics,
        runs: JobRunsWork | None = None,
        lifecycle: Lifecycle | None = None,
    ) -> None:
        check_names(jobs)
        runners = {job.name: Runner(job, election, clock, metrics, runs, lifecycle) for job in jobs}
        self._actors: list[Actor] = [*runners.values()]
        if runs is not None and runners:
            self._actors.append(RunRequests(runners, election, runs, metrics))

    async def run(self, stopping: asyncio.Event) -> None:
        """Run them until `stopping` is set; a running step has two more seconds."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(actor.run(stopping), name=actor.name) for actor in self._actors
            ]
            await stopping.wait()
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=TIMEOUT)
                for task in late:
                    log.warning("not finished in time", extra={"actor": task.get_name()})
                    task.cancel()


def check_names(jobs: Sequence[Job]) -> None:
    """Raise `ValueError` if two jobs have one name."""
    names = [job.name for job in jobs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two jobs are called {name}: rename one of them")
