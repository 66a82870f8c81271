"""Run a job now."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from chassis.application.ports.job_runs import JobRun, JobRunsWork
from chassis.cli.failure import CommandFailed
from chassis.cli.jobs import find_job, stored_jobs, told_end
from chassis.cli.output import console

# Seconds between two looks at the run.
POLL = 0.2


def command(
    name: str, /, *, wait: Annotated[float, Parameter(validator=Number(gt=0))] = 15.0
) -> None:
    """Have the service run a job now, and wait for its end.

    The process that leads runs it, after a run that is under way: so it never runs twice at once.
    Ctrl-C ends the wait, and not the run. The exit code is 1 if the run fails.

    Parameters
    ----------
    name
        The job, as `jobs list` shows it.
    wait
        Seconds within which a process must begin it; without that, the request is withdrawn.
    """
    asyncio.run(_run(name, wait))


async def _run(name: str, wait: float) -> None:
    async with stored_jobs() as (jobs, work):
        job = find_job(jobs, name)
        due_at = datetime.now(UTC)
        async with work.begin() as runs:
            await runs.add(job.name, due_at, "requested", by_hand=True)
        run = await _ended(work, name, due_at, wait)
    console.print(f"{name}: {told_end(run)}", highlight=False)
    if run.outcome != "done":
        raise CommandFailed(f"the run has {run.outcome}: {run.error or 'see the log'}")


async def _ended(work: JobRunsWork, job: str, due_at: datetime, wait: float) -> JobRun:
    """Return the run once it has ended."""
    loop = asyncio.get_running_loop()
    begins = loop.time() + wait
    while True:
        async with work.read() as runs:
            found = [run for run in await runs.select(job, limit=100) if run.due_at == due_at]
        if not found:
            raise CommandFailed("the request has gone: see `jobs history`")
        if found[0].outcome not in ("requested", "running"):
            return found[0]
        if found[0].outcome == "requested" and loop.time() > begins:
            async with work.begin() as runs:
                is_withdrawn = await runs.withdraw(job, due_at)
            if is_withdrawn:
                raise CommandFailed(
                    f"no process has begun it within {wait:g} s: start the service (serve) first, "
                    "or give an earlier run more time (--wait)"
                )
        await asyncio.sleep(POLL)
