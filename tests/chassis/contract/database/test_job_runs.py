"""The port `JobRuns`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.application.ports.job_runs import JobRun, JobRunsWork
from chassis.infrastructure.database.job_runs.job_runs import SqlJobRuns
from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.chassis.memory_job_runs import MemoryJobRuns
from tests.contract.database.stores import opened

NOON = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE, THERE = "here:1", "there:2"


@pytest.fixture(params=("memory", "sqlite", "postgresql"))
async def work(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JobRunsWork]:
    if request.param == "memory":
        yield MemoryJobRuns()
        return
    if request.param == "postgresql":
        url: str = request.getfixturevalue("database_url")
    else:
        url = f"sqlite+aiosqlite:///{tmp_path}/app.db"
        await migrate(url)
    async with opened(url) as database:
        yield SqlUnitOfWork(database, SqlJobRuns)


async def claim(work: JobRunsWork, due_at: datetime, runner: str = HERE, job: str = "tidy") -> int:
    async with work.begin() as runs:
        run = await runs.claim(job, due_at, runner, due_at + HOUR / 60)
    assert run is not None
    return run


async def run_to_end(work: JobRunsWork, due_at: datetime, job: str = "tidy") -> None:
    run = await claim(work, due_at, job=job)
    async with work.begin() as runs:
        assert await runs.end(run, HERE, "done", due_at + HOUR / 30)


async def history(work: JobRunsWork, job: str | None = None, limit: int = 100) -> list[JobRun]:
    async with work.read() as runs:
        return await runs.select(job, limit=limit)


async def test_a_run_is_stored_with_its_times(work: JobRunsWork) -> None:
    run = await claim(work, NOON)
    began = NOON + HOUR / 60
    expected = JobRun(
        id=run, job="tidy", due_at=NOON, outcome="running", began_at=began, runner=HERE
    )
    assert await history(work) == [expected]

    async with work.begin() as runs:
        assert await runs.end(run, HERE, "failed", began + HOUR, "it broke")
    [ended] = await history(work)
    assert (ended.outcome, ended.ended_at, ended.error) == ("failed", began + HOUR, "it broke")


async def test_one_time_has_one_run(work: JobRunsWork) -> None:
    await run_to_end(work, NOON)
    async with work.begin() as runs:
        assert await runs.claim("tidy", NOON, THERE, NOON) is None
    await run_to_end(work, NOON, job="other")
    assert len(await history(work)) == 2


async def test_two_leaders_do_not_both_begin_one_run(work: JobRunsWork) -> None:
    async def race(runner: str) -> bool:
        async with work.begin() as runs:
            run = await runs.claim("tidy", NOON, runner, NOON)
        if run is None:
            return False
        async with work.begin() as runs:
            return await runs.end(run, runner, "done", NOON)

    ended = await asyncio.gather(*(race(f"there:{number}") for number in range(8)))

    assert ended.count(True) == 1
    assert [run.outcome for run in await history(work)] == ["done"]


async def test_an_unfinished_run_begins_anew_under_the_next_leader(work: JobRunsWork) -> None:
    first = await claim(work, NOON)
    assert await claim(work, NOON, THERE) == first
    async with work.begin() as runs:
        assert not await runs.end(first, HERE, "done", NOON)
        assert await runs.end(first, THERE, "done", NOON)
    [run] = await history(work)
    assert (run.runner, run.outcome) == (THERE, "done")


async def test_the_next_run_interrupts_one_that_has_not_ended(work: JobRunsWork) -> None:
    await claim(work, NOON)
    await claim(work, NOON, job="other")
    await claim(work, NOON + HOUR)
    outcomes = {(run.job, run.due_at): run.outcome for run in await history(work)}
    assert outcomes == {
        ("tidy", NOON): "interrupted",
        ("other", NOON): "running",
        ("tidy", NOON + HOUR): "running",
    }


async def test_the_last_run_is_the_newest_by_the_schedule(work: JobRunsWork) -> None:
    async with work.begin() as runs:
        assert await runs.last("tidy") is None
        await runs.add("tidy", NOON, "added", by_hand=False)
        await runs.add("tidy", NOON, "added", by_hand=False)
        await runs.add("tidy", NOON + 9 * HOUR, "requested", by_hand=True)
    await run_to_end(work, NOON + HOUR)
    async with work.read() as runs:
        last = await runs.last("tidy")
    assert last is not None
    assert (last.due_at, last.outcome) == (NOON + HOUR, "done")
    assert len(await history(work)) == 3


async def test_a_request_waits_until_it_is_claimed(work: JobRunsWork) -> None:
    async with work.begin() as runs:
        for job in ("tidy", "other"):
            await runs.add(job, NOON, "requested", by_hand=True)
        assert [run.job for run in await runs.requested()] == ["tidy", "other"]
    await claim(work, NOON)
    async with work.begin() as runs:
        assert [run.job for run in await runs.requested()] == ["other"]
        assert not await runs.withdraw("tidy", NOON)
        assert await runs.withdraw("other", NOON)
        assert await runs.requested() == []
    [run] = await history(work)
    assert (run.by_hand, run.outcome) == (True, "running")


async def test_history_is_limited_and_of_one_job_or_all(work: JobRunsWork) -> None:
    for number in range(3):
        await run_to_end(work, NOON + number * HOUR)
    await run_to_end(work, NOON, job="other")
    assert [run.due_at for run in await history(work, "tidy", 2)] == [NOON + 2 * HOUR, NOON + HOUR]
    assert [run.job for run in await history(work, limit=2)] == ["other", "tidy"]


async def test_pruning_keeps_the_newest_run_of_each_job(work: JobRunsWork) -> None:
    for number in range(4):
        await run_to_end(work, NOON + number * HOUR)
    await run_to_end(work, NOON, job="rare")
    async with work.begin() as runs:
        await runs.add("tidy", NOON - HOUR, "requested", by_hand=True)
        assert await runs.prune(NOON + 9 * HOUR, limit=2)
        assert not await runs.prune(NOON + 9 * HOUR, limit=2)
    left = {(run.job, run.due_at) for run in await history(work)}
    assert left == {("tidy", NOON + 3 * HOUR), ("rare", NOON), ("tidy", NOON - HOUR)}
