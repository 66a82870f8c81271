import os
import socket
from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.actors.run_log import RunLog
from chassis.application.errors import StaleGrant
from chassis.application.ports.job_runs import JobRun
from chassis.application.ports.locks import Grant
from tests.chassis.memory_job_runs import MemoryJobRuns
from tests.unit.support import ManualClock

DUE = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(DUE + timedelta(seconds=3))


@pytest.fixture
def runs() -> MemoryJobRuns:
    return MemoryJobRuns()


def log(clock: ManualClock, runs: MemoryJobRuns | None, *, is_stored: bool = True) -> RunLog:
    return RunLog("tidy", clock, runs, is_stored=is_stored)


async def only(runs: MemoryJobRuns) -> JobRun:
    [run] = await runs.select(limit=9)
    return run


async def test_a_run_is_stored_with_its_process_and_its_times(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    tidy = log(clock, runs)

    assert await tidy.begin(DUE) is True

    run = await only(runs)
    assert (run.job, run.due_at, run.began_at, run.outcome) == ("tidy", DUE, clock(), "running")
    assert run.runner == f"{socket.gethostname()}:{os.getpid()}"
    clock.turn(seconds=5)

    await tidy.end("done")

    run = await only(runs)
    assert (run.outcome, run.ended_at, run.error) == ("done", clock(), "")
    assert await log(clock, runs).begin(DUE) is False


async def test_a_long_error_is_cut_and_what_no_database_takes_is_written_out(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    tidy = log(clock, runs)
    await tidy.begin(DUE)

    await tidy.end("failed", "a\0b\ud800é" + "x" * 2000)

    run = await only(runs)
    assert (run.outcome, run.error) == ("failed", "a\\0b\\ud800é" + "x" * 995)


async def test_a_run_that_is_left_stays_unfinished(clock: ManualClock, runs: MemoryJobRuns) -> None:
    tidy = log(clock, runs)
    await tidy.begin(DUE)

    tidy.leave()
    await tidy.end("done")

    assert (await only(runs)).outcome == "running"


async def test_a_run_ends_once(clock: ManualClock, runs: MemoryJobRuns) -> None:
    tidy = log(clock, runs)
    await tidy.begin(DUE)
    await tidy.end("failed", "a bug")
    runs.available = False

    # Nothing is written any more, so the outage is not noticed.
    await tidy.end("done")


@pytest.mark.parametrize("is_requested", (False, True))
async def test_the_runs_of_other_jobs_are_stored_on_request_alone(
    clock: ManualClock, runs: MemoryJobRuns, is_requested: bool
) -> None:
    tidy = log(clock, runs, is_stored=False)

    assert await tidy.begin(DUE, is_requested=is_requested) is True
    await tidy.end("done")

    stored = await runs.select(limit=9)
    assert [run.outcome for run in stored] == ["done"] * is_requested


async def test_a_run_is_not_taken_for_a_request(clock: ManualClock, runs: MemoryJobRuns) -> None:
    assert await log(clock, runs, is_stored=False).begin(DUE) is True

    assert await runs.select(limit=9) == []


async def test_without_a_store_every_run_is_to_do(clock: ManualClock) -> None:
    tidy = log(clock, None)

    assert await tidy.since(DUE) == DUE
    assert await tidy.begin(DUE) is True
    await tidy.end("done")


async def test_the_store_refuses_an_old_grant(clock: ManualClock, runs: MemoryJobRuns) -> None:
    runs.fences["leader"] = 2
    old, new = Grant("leader", 1), Grant("leader", 2)
    tidy = log(clock, runs)

    with pytest.raises(StaleGrant):
        await tidy.begin(DUE, old)
    assert await tidy.begin(DUE, new) is True
    with pytest.raises(StaleGrant):
        await tidy.end("failed", fence=old)
    await tidy.end("failed", fence=new)

    assert (await only(runs)).outcome == "failed"
