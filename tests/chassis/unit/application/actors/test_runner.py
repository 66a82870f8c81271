import asyncio
import logging
import random
from collections.abc import Callable

import pytest

from chassis.application.actors import runner, timers
from chassis.application.actors.job import Job
from chassis.application.actors.runner import Runner
from chassis.application.errors import Unavailable
from chassis.application.lifecycle_events import LifecycleEvents
from chassis.application.ports.lifecycle import LifecycleEvent
from tests.chassis.memory_election import MemoryElection
from tests.chassis.unit.application.actors.steps import Steps, hurry, made, running
from tests.unit.support import ManualClock, ManualTime, RecordingMetrics


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def test_a_run_takes_steps_until_nothing_is_left_and_then_waits_for_its_interval(
    metrics: RecordingMetrics, clock: ManualClock
) -> None:
    steps = Steps(True, True, False)
    async with running(steps, metrics, clock=clock):
        await steps.until(3)
        await asyncio.sleep(0.02)

    assert steps.taken == 3
    assert metrics.counters == {"job_runs:test:done": 1}
    assert len(metrics.observed["job_duration_seconds:test"]) == 1
    assert metrics.gauges["job_last_success_timestamp_seconds:test"] == clock().timestamp()


@pytest.mark.parametrize(("drawn", "due"), ((min, 45.0), (max, 75.0)))
async def test_a_run_is_measured_from_its_first_step_and_the_next_is_due_after_its_last(
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
    drawn: Callable[[tuple[float, ...]], float],
    due: float,
) -> None:
    time, begun = ManualTime(), []
    monkeypatch.setattr(runner, "time", time)
    monkeypatch.setattr(timers, "time", time)
    monkeypatch.setattr(random, "uniform", lambda *ends: drawn(ends))

    async def step() -> bool:
        begun.append(time.now)
        time.now += 3
        return len(begun) < 2

    job = Job(name="test", step=step, interval=60.0, jitter=0.25)
    made = Runner(job, MemoryElection(), ManualClock(), metrics)
    time.now = 1001.0
    await made.step()
    time.now = 1007.0
    await made.step()

    assert metrics.observed["job_duration_seconds:test"] == [9]
    for now in (1010 + due - 1, 1010 + due):
        time.now = now
        await made.step()
    assert begun == [1001, 1007, 1010 + due]


@pytest.mark.parametrize("outcome", (True, False, RuntimeError("a bug")), ids=repr)
async def test_every_step_is_followed_by_a_rest(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch, outcome: bool | Exception
) -> None:
    monkeypatch.setattr(timers, "INITIAL_DELAY", 0)
    steps = Steps(outcome)
    job = Job(name="test", step=steps, interval=60.0)

    assert await Runner(job, MemoryElection(), ManualClock(), metrics).step() is False

    assert steps.taken == 1


async def test_the_next_run_comes_after_the_interval(metrics: RecordingMetrics) -> None:
    steps = Steps()
    async with running(steps, metrics, interval=0.002):
        await steps.until(5)

    assert metrics.counters["job_runs:test:done"] >= 4


async def test_a_failure_is_logged_and_counted_and_the_next_run_comes_at_its_time(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    steps = Steps(RuntimeError("a bug"), *[RuntimeError("a bug")] * 20)
    async with running(steps, metrics, interval=0.002):
        await steps.until(21 + 2)

    # More often than the supervisor bears of an actor: a job's failures end no process.
    assert metrics.counters["job_runs:test:failed"] == 21
    assert metrics.counters["job_runs:test:done"] >= 1
    assert "actor_restarts:test" not in metrics.counters
    failed = [record for record in caplog.records if record.message == "job failed"]
    assert len(failed) == 21
    assert failed[0].exc_info
    assert (failed[0].__dict__["job"], failed[0].__dict__["error"]) == ("test", "a bug")


async def test_an_outage_is_waited_out_within_the_run(metrics: RecordingMetrics) -> None:
    steps = Steps(True, *[Unavailable("away")] * 20, True, False)
    async with running(steps, metrics):
        await steps.until(23)

    assert metrics.counters == {"job_runs:test:done": 1}


async def test_a_step_that_takes_too_long_fails(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    begun = asyncio.Event()

    async def hang() -> bool:
        begun.set()
        await asyncio.Event().wait()
        return False

    async with running(hang, metrics, limit=0.005):
        await begun.wait()
        async with asyncio.timeout(5):
            while not metrics.counters:
                await asyncio.sleep(0.001)

    assert metrics.counters == {"job_runs:test:failed": 1}
    assert "took longer than 0.005 s" in caplog.text


async def test_a_stop_lets_the_step_under_way_finish_and_begins_no_other(
    metrics: RecordingMetrics,
) -> None:
    begun = asyncio.Event()
    finished = 0

    async def slow() -> bool:
        nonlocal finished
        begun.set()
        await asyncio.sleep(0.01)
        finished += 1
        return True

    async with running(slow, metrics):
        await begun.wait()

    assert finished == 1


async def test_the_first_run_is_not_at_the_start_but_soon(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "INITIAL_DELAY", 60.0)
    monkeypatch.setattr(random, "uniform", lambda least, most: most)
    steps, brief = Steps(), Steps()
    async with running(steps, metrics), running(brief, metrics, interval=0.01):
        await brief.until(1)

    assert steps.taken == 0


async def test_steps_have_half_of_the_time_at_most(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[tuple[str, float]] = []

    async def step() -> bool:
        loop = asyncio.get_running_loop()
        times.append(("begun", loop.time()))
        await asyncio.sleep(0.02)
        times.append(("over", loop.time()))
        return len(times) < 6

    async with running(step, metrics):
        async with asyncio.timeout(5):
            while len(times) < 6:
                await asyncio.sleep(0.001)

    pauses = [times[n + 1][1] - times[n][1] for n in (1, 3)]
    # Timers of the loop may be a clock tick early.
    assert min(pauses) >= 0.02 * 0.8


async def test_every_outcome_is_visible_before_it_happens(metrics: RecordingMetrics) -> None:
    made(Steps(), metrics)

    assert metrics.zeros >= {f"job_runs:test:{name}" for name in ("done", "failed", "interrupted")}


async def test_nothing_is_logged_while_all_is_well(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    steps = Steps(True, False)
    async with running(steps, metrics):
        await steps.until(2)

    assert caplog.records == []


async def test_a_run_that_fails_is_told_of(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "INITIAL_DELAY", 0)
    told: list[LifecycleEvent] = []

    async def listen(event: LifecycleEvent) -> None:
        told.append(event)

    lifecycle = LifecycleEvents(["job-failed"], [listen], metrics)
    for outcome in (False, RuntimeError("disk full")):
        job = Job(name="tidy", step=Steps(outcome), interval=60.0)
        await Runner(job, MemoryElection(), ManualClock(), metrics, lifecycle=lifecycle).step()
    while await lifecycle.step():
        pass

    assert told == [LifecycleEvent("job-failed", "tidy", "disk full")]
