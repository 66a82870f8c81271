"""Runs that are stored: claimed, ended, left to the next leader, requested."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.actors import run_requests, runner, supervisor, timers
from chassis.application.actors.job import Job
from chassis.application.actors.scheduler import Scheduler
from chassis.infrastructure.cron import Cron
from tests.chassis.memory_election import MemoryElection
from tests.chassis.memory_job_runs import MemoryJobRuns
from tests.unit.support import ManualClock, RecordingMetrics

START = datetime(2026, 5, 1, 0, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "INITIAL_DELAY", 0.001)
    monkeypatch.setattr(timers, "GLANCE", 0.001)
    monkeypatch.setattr(runner, "PAUSE", 0.001)
    monkeypatch.setattr(runner, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(run_requests, "INTERVAL", 0.001)
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)


class Bench:
    """A scheduler with one job, and all that it needs."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.metrics = RecordingMetrics()
        self.runs = MemoryJobRuns()
        self.election = MemoryElection()
        self.taken = 0
        self.more = False
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def step(self) -> bool:
        self.taken += 1
        more = self.more
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return more

    async def lead(self) -> None:
        """Take the lead, under a new grant."""
        await self.election.resign()
        await self.election.campaign()
        self.runs.fences["leader"] = self.election.grant().token

    @asynccontextmanager
    async def running(self, *, is_led: bool = True, **fields: object) -> AsyncIterator[None]:
        if is_led:
            await self.lead()
        given: dict[str, object] = {"cron": Cron("* * * * *"), "leader_only": True} | fields
        # Fields of any type.
        job = Job(name="tidy", step=self.step, **given)  # type: ignore[arg-type]
        scheduler = Scheduler([job], self.election, self.clock, self.metrics, self.runs)
        stopping = asyncio.Event()
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            group.create_task(scheduler.run(stopping))
            yield
            stopping.set()

    async def until(self, *outcomes: str) -> None:
        """Wait until the stored runs, oldest first, have these outcomes."""
        while await self.outcomes() != list(outcomes):
            await asyncio.sleep(0.001)

    async def until_refused(self) -> None:
        """Wait until the store has refused a grant."""
        while not self.runs.refused:
            await asyncio.sleep(0.001)

    async def outcomes(self) -> list[str]:
        return [run.outcome for run in reversed(await self.runs.select(limit=99))]


@pytest.fixture
async def bench() -> Bench:
    return Bench()


async def test_each_due_time_has_one_run(bench: Bench) -> None:
    async with bench.running():
        await bench.until("added")
        for count in (1, 2, 3):
            bench.clock.turn(minutes=1)
            await bench.until("added", *["done"] * count)

    due = [run.due_at for run in reversed(await bench.runs.select(limit=9))][1:]
    assert due == [START - MINUTE / 2 + number * MINUTE for number in (1, 2, 3)]
    assert bench.taken == 3
    assert bench.metrics.gauges["job_last_run_timestamp_seconds:tidy"] == bench.clock().timestamp()
    assert bench.metrics.gauges["job_next_run_timestamp_seconds:tidy"] > bench.clock().timestamp()


@pytest.mark.parametrize(
    ("error", "stored"),
    ((RuntimeError("a bug\0"), "a bug\\0"), (RuntimeError(), "RuntimeError")),
)
async def test_a_failure_is_stored_with_its_reason(
    bench: Bench, error: Exception, stored: str
) -> None:
    bench.error = error
    async with bench.running():
        await bench.until("added")
        bench.clock.turn(minutes=1)
        await bench.until("added", "failed")

    [run, _] = await bench.runs.select(limit=9)
    assert run.error == stored


async def test_a_run_that_takes_longer_than_its_interval_is_not_joined_by_another(
    bench: Bench,
) -> None:
    async with bench.running():
        await bench.until("added")
        bench.open.clear()
        bench.clock.turn(minutes=1)
        await bench.until("added", "running")
        bench.clock.turn(minutes=3)
        await asyncio.sleep(0.01)
        assert bench.taken == 1
        bench.open.set()
        # The newest of the times that have passed meanwhile.
        await bench.until("added", "done", "done")

    assert bench.taken == 2


async def test_a_leader_that_loses_the_lead_leaves_its_run_to_the_next(bench: Bench) -> None:
    async with bench.running(cron=Cron("* * * * *")):
        await bench.until("added")
        bench.open.clear()
        bench.clock.turn(minutes=1)
        await bench.until("added", "running")
        await bench.election.resign()

    # It was stopped in the middle of the step.
    assert await bench.outcomes() == ["added", "running"]
    bench.open.set()
    async with bench.running():
        await bench.until("added", "done")


async def test_a_run_is_not_begun_under_a_grant_that_is_no_longer_the_newest(bench: Bench) -> None:
    async with bench.running():
        await bench.until("added")
        # Another process leads, and has begun the run; this one does not know yet.
        bench.runs.fences["leader"] += 1
        await bench.runs.claim("tidy", START + MINUTE / 2, "other:1", START)
        bench.clock.turn(minutes=1)
        await bench.until_refused()
        await asyncio.sleep(0.01)
        assert bench.taken == 0
        # It asks once for each grant.
        assert bench.runs.refused == 1
        [run, _] = await bench.runs.select(limit=9)
        assert (run.runner, run.outcome) == ("other:1", "running")

        await bench.lead()
        await bench.until("added", "done")

    assert bench.taken == 1


async def test_a_run_does_not_continue_under_another_grant(bench: Bench) -> None:
    bench.more = True
    async with bench.running():
        await bench.until("added")
        bench.open.clear()
        bench.clock.turn(minutes=1)
        await bench.until("added", "running")
        # Meanwhile another process may have led, and run it.
        await bench.lead()
        bench.more = False
        bench.open.set()
        await bench.until("added", "done")

    assert bench.metrics.counters["job_runs:tidy:interrupted"] == 1
    assert bench.metrics.counters["job_runs:tidy:done"] == 1


async def test_a_run_that_fails_after_another_process_has_led_is_left_to_it(bench: Bench) -> None:
    bench.error = RuntimeError("refused")
    async with bench.running():
        await bench.until("added")
        bench.open.clear()
        bench.clock.turn(minutes=1)
        await bench.until("added", "running")
        bench.runs.fences["leader"] += 1
        bench.open.set()
        await bench.until_refused()
        assert await bench.outcomes() == ["added", "running"]
        assert bench.metrics.counters["job_runs:tidy:interrupted"] == 1


async def test_what_is_done_is_done_although_another_process_has_led(bench: Bench) -> None:
    async with bench.running():
        await bench.until("added")
        bench.open.clear()
        bench.clock.turn(minutes=1)
        await bench.until("added", "running")
        bench.runs.fences["leader"] += 1
        bench.open.set()
        await bench.until("added", "done")

    assert bench.runs.refused == 0
    assert bench.metrics.counters["job_runs:tidy:done"] == 1


async def test_an_end_that_cannot_be_stored_is_stored_later(bench: Bench) -> None:
    async with bench.running():
        await bench.until("added")
        bench.open.clear()
        bench.clock.turn(minutes=1)
        await bench.until("added", "running")
        bench.runs.available = False
        bench.open.set()
        while not bench.metrics.gauges.get("job_last_success_timestamp_seconds:tidy"):
            await asyncio.sleep(0.001)
        assert await bench.outcomes() == ["added", "running"]
        bench.runs.available = True
        await bench.until("added", "done")

    assert bench.taken == 1


@pytest.mark.parametrize("leader_only", (True, False))
async def test_a_request_is_run_by_the_leader_and_stored(bench: Bench, leader_only: bool) -> None:
    async with bench.running(cron=None, interval=3600, leader_only=leader_only):
        while not bench.taken:
            await asyncio.sleep(0.001)
        await bench.runs.add("tidy", START + MINUTE, "requested", by_hand=True)
        await bench.runs.add("other", START, "requested", by_hand=True)
        while (await bench.outcomes())[-2] != "done":
            await asyncio.sleep(0.001)

    assert bench.taken == 2
    [other, run, *_] = await bench.runs.select(limit=9)
    assert (run.job, run.by_hand, run.outcome) == ("tidy", True, "done")
    assert other.outcome == "requested"


async def test_a_request_is_not_begun_under_a_grant_that_is_no_longer_the_newest(
    bench: Bench,
) -> None:
    async with bench.running(cron=None, interval=3600, leader_only=False):
        while not bench.taken:
            await asyncio.sleep(0.001)
        bench.runs.fences["leader"] += 1
        await bench.runs.add("tidy", START + MINUTE, "requested", by_hand=True)
        await bench.until_refused()
        assert await bench.outcomes() == ["requested"]
        await bench.lead()
        await bench.until("done")

    assert bench.taken == 2


async def test_a_replica_that_does_not_lead_stores_nothing(bench: Bench) -> None:
    async with bench.running(is_led=False):
        await bench.runs.add("tidy", START, "requested", by_hand=True)
        bench.clock.turn(minutes=5)
        await asyncio.sleep(0.02)

    assert await bench.outcomes() == ["requested"]
    assert bench.metrics.gauges["job_next_run_timestamp_seconds:tidy"] == 0


@pytest.mark.parametrize("is_led", (True, False))
async def test_the_next_run_is_known_on_the_leader_alone(
    bench: Bench, is_led: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first run is not due while the test looks.
    monkeypatch.setattr(timers, "INITIAL_DELAY", 3600)
    async with bench.running(is_led=is_led, cron=None, interval=3600):
        due = bench.metrics.gauges["job_next_run_timestamp_seconds:tidy"]

    assert (due >= bench.clock().timestamp()) is is_led
    assert (due == 0) is not is_led
