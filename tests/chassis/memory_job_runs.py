"""The jobs' runs in memory, as strict as the contract asks of the real ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count

from msgspec.structs import replace

from chassis.application.errors import StaleGrant, Unavailable
from chassis.application.ports.job_runs import UNFINISHED, JobRun, Outcome
from chassis.application.ports.locks import Grant
from tests.memory_fences import MemoryFences


class MemoryJobRuns:
    """The runs, and what opens a transaction over them; nothing rolls back."""

    def __init__(self) -> None:
        self.available = True
        self.fences = MemoryFences()
        self.refused = 0
        self._runs: dict[int, JobRun] = {}
        self._ids = count(1)

    @asynccontextmanager
    async def begin(self, fence: Grant | None = None) -> AsyncIterator["MemoryJobRuns"]:
        async with self.read():
            if fence is not None:
                try:
                    await self.fences.check(fence)
                except StaleGrant:
                    self.refused += 1
                    raise
            yield self

    @asynccontextmanager
    async def read(self) -> AsyncIterator["MemoryJobRuns"]:
        if not self.available:
            raise Unavailable("the database does not answer")
        yield self

    async def last(self, job: str) -> JobRun | None:
        of_job = [run for run in self._runs.values() if run.job == job and not run.by_hand]
        return max(of_job, key=lambda run: run.due_at, default=None)

    async def add(self, job: str, due_at: datetime, outcome: Outcome, *, by_hand: bool) -> None:
        if self._find(job, due_at) is None:
            self._put(JobRun(id=0, job=job, due_at=due_at, outcome=outcome, by_hand=by_hand))

    async def claim(self, job: str, due_at: datetime, runner: str, now: datetime) -> int | None:
        for run in self._runs.values():
            if run.job == job and run.outcome == "running":
                self._runs[run.id] = replace(run, outcome="interrupted", ended_at=now)
        found = self._find(job, due_at)
        if found is None:
            new = JobRun(id=0, job=job, due_at=due_at, outcome="running")
            return self._put(replace(new, runner=runner, began_at=now))
        if found.outcome not in (*UNFINISHED, "requested"):
            return None
        begun = replace(found, outcome="running", runner=runner, began_at=now, ended_at=None)
        self._runs[found.id] = begun
        return found.id

    async def end(
        self, run: int, runner: str, outcome: Outcome, now: datetime, error: str = ""
    ) -> bool:
        found = self._runs.get(run)
        if found is None or (found.runner, found.outcome) != (runner, "running"):
            return False
        self._runs[run] = replace(found, outcome=outcome, ended_at=now, error=error)
        return True

    async def requested(self) -> list[JobRun]:
        return [run for run in self._runs.values() if run.outcome == "requested"]

    async def withdraw(self, job: str, due_at: datetime) -> bool:
        found = self._find(job, due_at)
        if found is None or found.outcome != "requested":
            return False
        del self._runs[found.id]
        return True

    async def select(self, job: str | None = None, *, limit: int) -> list[JobRun]:
        found = [run for run in self._runs.values() if job in (None, run.job)]
        return sorted(found, key=lambda run: -run.id)[:limit]

    async def prune(self, before: datetime, *, limit: int) -> bool:
        newest = {(run.job, run.by_hand): run.id for run in self._runs.values()}
        old = [
            run.id
            for run in self._runs.values()
            if run.due_at < before and run.id not in newest.values()
        ]
        for each in old[:limit]:
            del self._runs[each]
        return len(old[:limit]) == limit

    def _find(self, job: str, due_at: datetime) -> JobRun | None:
        for run in self._runs.values():
            if (run.job, run.due_at) == (job, due_at):
                return run
        return None

    def _put(self, run: JobRun) -> int:
        identity = next(self._ids)
        self._runs[identity] = replace(run, id=identity)
        return identity
