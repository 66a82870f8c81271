import asyncio

import pytest

from chassis.application.actors import scheduler as schedulers
from chassis.application.actors import timers
from chassis.application.actors.job import Job
from chassis.application.actors.scheduler import Scheduler
from tests.chassis.memory_election import MemoryElection
from tests.unit.support import ManualClock, RecordingMetrics, lines


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "INITIAL_DELAY", 0.001)


def scheduler(metrics: RecordingMetrics, *jobs: Job) -> Scheduler:
    return Scheduler(jobs, MemoryElection(), ManualClock(), metrics)


async def test_a_job_that_stands_still_keeps_no_other_waiting(metrics: RecordingMetrics) -> None:
    released, stopping = asyncio.Event(), asyncio.Event()
    ran = asyncio.Event()

    async def stand_still() -> bool:
        await released.wait()
        return False

    async def run() -> bool:
        ran.set()
        return False

    jobs = (
        Job(name="slow", step=stand_still, interval=60),
        Job(name="quick", step=run, interval=60),
    )
    running = asyncio.create_task(scheduler(metrics, *jobs).run(stopping))
    async with asyncio.timeout(5):
        await ran.wait()
        stopping.set()
        released.set()
        await running


async def test_a_job_never_runs_twice_at_once(metrics: RecordingMetrics) -> None:
    stopping = asyncio.Event()
    at_once, most, runs = 0, 0, 0

    async def run() -> bool:
        nonlocal at_once, most, runs
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.005)
        at_once -= 1
        runs += 1
        if runs == 5:
            stopping.set()
        return False

    async with asyncio.timeout(5):
        await scheduler(metrics, Job(name="test", step=run, interval=0.001)).run(stopping)

    assert most == 1


async def test_a_step_that_outlasts_a_stop_is_cancelled(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(schedulers, "TIMEOUT", 0.01)
    begun, stopping = asyncio.Event(), asyncio.Event()
    told = []

    async def hang() -> bool:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            told.append("cancelled")
        return False

    jobs = scheduler(metrics, Job(name="test", step=hang, interval=60))
    running = asyncio.create_task(jobs.run(stopping))
    async with asyncio.timeout(5):
        await begun.wait()
        stopping.set()
        await running

    assert told == ["cancelled"]
    assert [line["actor"] for line in lines(caplog, "not finished in time")] == ["job test"]


async def test_its_jobs_know_who_leads_and_what_time_it_is(metrics: RecordingMetrics) -> None:
    election, clock, stopping = MemoryElection(), ManualClock(), asyncio.Event()
    await election.campaign()

    async def run() -> bool:
        stopping.set()
        return False

    job = Job(name="test", step=run, interval=60, leader_only=True)
    async with asyncio.timeout(5):
        await Scheduler([job], election, clock, metrics).run(stopping)

    assert metrics.gauges["job_last_success_timestamp_seconds:test"] == clock().timestamp()


async def test_without_jobs_it_waits_for_the_stop(metrics: RecordingMetrics) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(scheduler(metrics).run(stopping))
    await asyncio.sleep(0)
    assert not running.done()

    stopping.set()

    async with asyncio.timeout(5):
        await running


async def test_two_jobs_of_one_name_are_refused(metrics: RecordingMetrics) -> None:
    async def nothing() -> bool:
        return False

    job = Job(name="test", step=nothing, interval=60)
    with pytest.raises(ValueError, match="two jobs are called test: rename one of them"):
        scheduler(metrics, job, job)
