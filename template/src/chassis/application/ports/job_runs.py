"""Port: the stored runs of jobs, so that a restart neither repeats nor forgets one."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from chassis.application.ports.unit_of_work import UnitOfWork

type Outcome = Literal["added", "requested", "running", "done", "failed", "interrupted"]
UNFINISHED = ("running", "interrupted")


class JobRun(Struct, frozen=True, kw_only=True):
    """A run of a job.

    `due_at` is its time by the schedule; a run that an operator has `requested` is due at once.
    `runner` is the process that runs it. The first entry of a job is only `added`: the scheduler
    has seen it then, and counts its missed runs from there.
    """

    id: int
    job: str
    due_at: datetime
    outcome: Outcome
    began_at: datetime | None = None
    ended_at: datetime | None = None
    error: str = ""
    runner: str = ""
    by_hand: bool = False


class JobRuns(Protocol):
    """The runs that one transaction sees; a job has at most one run for each due time."""

    async def last(self, job: str) -> JobRun | None:
        """Return the newest run of the job by its schedule."""
        ...

    async def add(self, job: str, due_at: datetime, outcome: Outcome, *, by_hand: bool) -> None:
        """Add an entry that does not run yet, unless there is one for that time."""
        ...

    async def claim(self, job: str, due_at: datetime, runner: str, now: datetime) -> int | None:
        """Begin the run that is due, and return its id; `None` if it has ended already.

        The caller leads. So an earlier run that has not ended was interrupted, and the one for this
        time is repeated.
        """
        ...

    async def end(
        self, run: int, runner: str, outcome: Outcome, now: datetime, error: str = ""
    ) -> bool:
        """Record the end of a run; return whether the run was still this runner's."""
        ...

    async def requested(self) -> list[JobRun]:
        """Return the requests that wait, oldest first."""
        ...

    async def withdraw(self, job: str, due_at: datetime) -> bool:
        """Remove a request; return whether it still waited."""
        ...

    async def select(self, job: str | None = None, *, limit: int) -> list[JobRun]:
        """Return at most `limit` runs, of one job or of all, newest first."""
        ...

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` runs older than `before`, except the newest of each job.

        Returns whether there may be more.
        """
        ...


type JobRunsWork = UnitOfWork[JobRuns]
