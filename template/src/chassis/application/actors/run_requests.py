"""The requests of operators to run a job now, which the leader reads from the store."""

import asyncio
from collections.abc import Mapping

from chassis.application.actors.actor import Actor
from chassis.application.actors.runner import Runner
from chassis.application.ports.job_runs import JobRunsWork
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.metrics import Metrics

# Seconds between two looks.
INTERVAL = 2.0


class RunRequests(Actor):
    """Passes each request to the runner of its job."""

    def __init__(
        self,
        runners: Mapping[str, Runner],
        election: LeaderElection,
        runs: JobRunsWork,
        metrics: Metrics,
    ) -> None:
        super().__init__("job_requests", metrics)
        self._runners = runners
        self._election = election
        self._runs = runs

    async def step(self) -> bool:
        """Read the requests, if this process leads."""
        if self._election.is_leader:
            async with self._runs.read() as runs:
                requests = await runs.requested()
            for request in requests:
                if (runner := self._runners.get(request.job)) is not None:
                    runner.request(request.due_at)
        return False

    async def rest(self) -> None:
        """Wait for the next look."""
        await asyncio.sleep(INTERVAL)
