"""List the jobs."""

import asyncio
from datetime import datetime

from msgspec import Struct

from chassis.application.actors.job import Job
from chassis.application.ports.job_runs import JobRun
from chassis.cli.jobs import stored_jobs, told_end, told_time
from chassis.cli.output import console, plain, print_json, table


class ListedJob(Struct, frozen=True):
    """A job with its last run and the time of its next one, as far as they are known."""

    name: str
    runs: str
    last: JobRun | None
    next_at: datetime | None


def command(*, json: bool = False) -> None:
    """List the jobs with their last and next runs.

    Runs are stored for jobs of the leader. The next run of a job with an interval depends on the
    process that leads; its metrics have the time.

    Parameters
    ----------
    json
        Print one JSON document.
    """
    asyncio.run(_list(json))


async def _list(json: bool) -> None:
    async with stored_jobs() as (jobs, work), work.read() as runs:
        listed = [_listed(job, await runs.select(job.name, limit=1)) for job in jobs]
    if json:
        print_json({"jobs": listed})
        return
    shown = table("Jobs", "name", "runs", "last run (UTC)", "it is", "next run (UTC)")
    for each in listed:
        last = each.last
        began, end = ("", "") if last is None else (told_time(last.began_at), told_end(last))
        shown.add_row(plain(each.name), plain(each.runs), began, end, told_time(each.next_at))
    console.print(shown)


def _listed(job: Job, newest: list[JobRun]) -> ListedJob:
    last = newest[0] if newest else None
    next_at = job.cron.next(last.due_at) if job.cron and last else None
    return ListedJob(job.name, str(job), last, next_at)
