"""The jobs of this project and their stored runs, for commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.application.actors.job import Job
from chassis.application.ports.job_runs import JobRun, JobRunsWork
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.schema import schema_problem
from chassis.bootstrap.system import System
from chassis.cli.failure import CommandFailed, UsageError


@asynccontextmanager
async def stored_jobs() -> AsyncIterator[tuple[list[Job], JobRunsWork]]:
    """Open the jobs of all roles, sorted by name, and the store of their runs.

    Raises `CommandFailed` if the database lacks the store.
    """
    system = System(Configuration.read(), discovery.role_names())
    try:
        database = system.core.database()
        if database.is_missing():
            raise CommandFailed("there is no database yet: serve or migrate creates it")
        if problem := await schema_problem(database):
            raise CommandFailed(problem)
        yield sorted(system.jobs, key=lambda job: job.name), system.core.job_runs()
    finally:
        await system.close()


def find_job(jobs: list[Job], name: str) -> Job:
    """Return the job of that name; raises `UsageError` with all names if there is none."""
    for job in jobs:
        if job.name == name:
            return job
    names = ", ".join(job.name for job in jobs)
    raise UsageError(f"there is no job {name}: choose from {names}")


def told_time(time: datetime | None) -> str:
    """Return a time for a table."""
    return "" if time is None else time.isoformat(" ", "seconds").removesuffix("+00:00")


def told_end(run: JobRun) -> str:
    """Return how a run ended, and how long it took."""
    if run.began_at is None or run.ended_at is None:
        return run.outcome
    seconds = (run.ended_at - run.began_at).total_seconds()
    return f"{run.outcome} in {seconds:.3g} s"
