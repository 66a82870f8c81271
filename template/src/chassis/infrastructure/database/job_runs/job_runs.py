"""The jobs' runs in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from chassis.application.ports.job_runs import UNFINISHED, JobRun, Outcome
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.job_runs.table import job_runs
from chassis.infrastructure.database.transaction import SqlTransaction

_columns = job_runs.c
_NEW = ("job", "due_at", "outcome", "began_at", "error", "runner", "by_hand")
_ADD = BulkInsert(job_runs, _NEW, returning=("id",), only_new=True)


class SqlJobRuns:
    """The `JobRuns` of one transaction."""

    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def last(self, job: str) -> JobRun | None:
        """Return the newest run by the schedule."""
        query = (
            select(job_runs)
            .where(_columns.job == job, _columns.by_hand.is_(False))
            .order_by(_columns.due_at.desc())
            .limit(1)
        )
        found = [_to_run(row) for row in await self._transaction.execute(query)]
        return found[0] if found else None

    async def add(self, job: str, due_at: datetime, outcome: Outcome, *, by_hand: bool) -> None:
        """Add an entry that does not run yet."""
        await self._insert((job, due_at, outcome, None, "", "", by_hand))

    async def claim(self, job: str, due_at: datetime, runner: str, now: datetime) -> int | None:
        """Begin the run that is due, unless it has ended already."""
        is_of_job = _columns.job == job
        interrupted = (
            update(job_runs)
            .where(is_of_job, _columns.outcome == "running")
            .values(outcome="interrupted", ended_at=now)
        )
        await self._transaction.execute(interrupted)
        begun = {"outcome": "running", "runner": runner, "began_at": now, "ended_at": None}
        again = (
            update(job_runs)
            .where(
                is_of_job,
                _columns.due_at == due_at,
                _columns.outcome.in_((*UNFINISHED, "requested")),
            )
            .values(begun)
            .returning(_columns.id)
        )
        [*found] = (await self._transaction.execute(again)).scalars()
        if found:
            return int(found[0])
        return await self._insert((job, due_at, "running", now, "", runner, False))

    async def end(
        self, run: int, runner: str, outcome: Outcome, now: datetime, error: str = ""
    ) -> bool:
        """Record the end of a run that is still this runner's."""
        change = (
            update(job_runs)
            .where(_columns.id == run, _columns.runner == runner, _columns.outcome == "running")
            .values(outcome=outcome, ended_at=now, error=error)
        )
        return bool((await self._transaction.execute(change)).rowcount)

    async def requested(self) -> list[JobRun]:
        """Return the requests that wait."""
        query = (
            select(job_runs).where(_columns.outcome == "requested").order_by(_columns.id).limit(100)
        )
        return [_to_run(row) for row in await self._transaction.execute(query)]

    async def withdraw(self, job: str, due_at: datetime) -> bool:
        """Remove a request that still waits."""
        change = delete(job_runs).where(
            _columns.job == job, _columns.due_at == due_at, _columns.outcome == "requested"
        )
        return bool((await self._transaction.execute(change)).rowcount)

    async def select(self, job: str | None = None, *, limit: int) -> list[JobRun]:
        """Return the newest runs."""
        query = select(job_runs).order_by(_columns.id.desc()).limit(limit)
        if job is not None:
            query = query.where(_columns.job == job)
        return [_to_run(row) for row in await self._transaction.execute(query)]

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove old runs, except the newest of each job, by the schedule and by hand."""
        newest = select(func.max(_columns.id)).group_by(_columns.job, _columns.by_hand)
        old = (
            select(_columns.id)
            .where(_columns.due_at < before, _columns.id.not_in(newest))
            .order_by(_columns.id)
            .limit(limit)
        )
        change = delete(job_runs).where(_columns.id.in_(old))
        return (await self._transaction.execute(change)).rowcount == limit

    async def _insert(self, row: Sequence[Any]) -> int | None:
        """Insert a row, and return its id; `None` if the job has one for that time."""
        added: list[Sequence[Any]] = []
        await self._transaction.insert(_ADD, [row], then=added.extend)
        await self._transaction.connection()
        return int(added[0][0]) if added else None


def _to_run(row: Row[*tuple[Any, ...]]) -> JobRun:
    return JobRun(**row._mapping)
