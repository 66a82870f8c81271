"""The schedulers of roles: a leader of another role could not run their jobs."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.application.actors.elector import Elector
from chassis.application.actors.job import Job
from chassis.application.actors.scheduler import Scheduler
from chassis.application.actors.service import BackgroundService


def role_schedulers(core: Any, jobs: Mapping[str, Sequence[Job]]) -> list[BackgroundService]:
    """Return the scheduler of each role that has jobs, with an election among its processes."""
    made: list[BackgroundService] = []
    for role, of_role in jobs.items():
        if of_role:
            election = core.elections().of(role)
            made.append(
                Scheduler(
                    of_role,
                    election,
                    core.clock(),
                    core.metrics(),
                    core.job_runs(),
                    core.lifecycle(),
                )
            )
            made.append(Elector(election, core.metrics(), role))
    return made
