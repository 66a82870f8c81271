"""Show the runs of jobs."""

import asyncio
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from chassis.application.ports.job_runs import JobRun
from chassis.cli.jobs import find_job, stored_jobs, told_end, told_time
from chassis.cli.output import console, plain, print_json, table

NOTHING = "no run is stored"


def command(
    name: str | None = None,
    /,
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 20,
    json: bool = False,
) -> None:
    """Show the stored runs, newest first.

    Parameters
    ----------
    name
        The job; all jobs by default.
    limit
        How many runs to show.
    json
        Print one JSON document.
    """
    asyncio.run(_history(name, limit, json))


async def _history(name: str | None, limit: int, json: bool) -> None:
    async with stored_jobs() as (jobs, work):
        if name is not None:
            find_job(jobs, name)
        async with work.read() as runs:
            found = await runs.select(name, limit=limit)
    if json:
        print_json({"runs": found})
    elif found:
        _show(found)
    else:
        console.print(NOTHING)


def _show(found: list[JobRun]) -> None:
    shown = table(
        "Runs, newest first", "job", "due (UTC)", "began (UTC)", "it is", "runner", "error"
    )
    for run in found:
        by = f"{run.runner} by hand" if run.by_hand else run.runner
        shown.add_row(
            plain(run.job),
            told_time(run.due_at),
            told_time(run.began_at),
            told_end(run),
            plain(by),
            plain(run.error),
        )
    console.print(shown)
