from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.actors.run_log import RunLog
from chassis.application.actors.timers import CronTimer
from chassis.infrastructure.cron import Cron
from tests.chassis.memory_job_runs import MemoryJobRuns
from tests.unit.support import ManualClock, lines

MIDNIGHT = datetime(2026, 5, 1, tzinfo=UTC)
TEN = timedelta(minutes=10)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MIDNIGHT + timedelta(seconds=1))


@pytest.fixture
def runs() -> MemoryJobRuns:
    return MemoryJobRuns()


def timer(
    clock: ManualClock,
    runs: MemoryJobRuns,
    expression: str = "*/10 * * * *",
    *,
    is_stored: bool = True,
    **options: object,
) -> CronTimer:
    log = RunLog("tidy", clock, runs, is_stored=is_stored)
    # Options of any type.
    return CronTimer(Cron(expression, **options), log, clock)  # type: ignore[arg-type]


async def ran(runs: MemoryJobRuns, due_at: datetime, outcome: str = "done") -> None:
    run = await runs.claim("tidy", due_at, "there:1", due_at)
    assert run is not None
    if outcome != "running":
        # A text from the test.
        await runs.end(run, "there:1", outcome, due_at)  # type: ignore[arg-type]


async def test_a_run_is_due_at_its_time_and_the_next_one_after_it(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    cron = timer(clock, runs)
    assert cron.begins_at() == 0
    assert await cron.due() is None
    assert cron.begins_at() == (MIDNIGHT + TEN).timestamp()
    clock.turn(seconds=598)
    assert await cron.due() is None
    assert cron.left() == 1
    clock.turn(seconds=1)
    assert await cron.due() == MIDNIGHT + TEN
    cron.ended()
    assert await cron.due() is None
    assert cron.begins_at() == (MIDNIGHT + 2 * TEN).timestamp()


async def test_it_looks_at_the_clock_again_soon(clock: ManualClock, runs: MemoryJobRuns) -> None:
    cron = timer(clock, runs, "0 3 * * *")
    assert cron.left() is None
    await cron.due()
    left = cron.left()
    assert left is not None
    assert 0 < left <= 20


@pytest.mark.parametrize("is_restarted", (False, True))
async def test_three_hours_of_sleep_are_caught_up_once(
    clock: ManualClock, runs: MemoryJobRuns, is_restarted: bool
) -> None:
    cron = timer(clock, runs)
    await ran(runs, MIDNIGHT)
    await cron.due()
    clock.turn(hours=3, minutes=4)
    if is_restarted:
        cron = timer(clock, runs)
    assert await cron.due() == MIDNIGHT + 18 * TEN
    cron.ended()
    assert await cron.due() is None
    assert cron.begins_at() == (MIDNIGHT + 19 * TEN).timestamp()


async def test_three_hours_of_sleep_are_skipped(
    clock: ManualClock, runs: MemoryJobRuns, caplog: pytest.LogCaptureFixture
) -> None:
    cron = timer(clock, runs, missed="skip")
    await ran(runs, MIDNIGHT)
    clock.turn(hours=3, minutes=4)
    assert await cron.due() is None
    [line] = lines(caplog, "missed run skipped")
    assert (line["job"], line["due"]) == ("tidy", (MIDNIGHT + 18 * TEN).isoformat())
    clock.turn(minutes=6)
    assert await cron.due() == MIDNIGHT + 19 * TEN


async def test_a_change_of_leader_is_no_missed_run(clock: ManualClock, runs: MemoryJobRuns) -> None:
    await ran(runs, MIDNIGHT)
    clock.turn(minutes=10, seconds=40)
    assert await timer(clock, runs, missed="skip").due() == MIDNIGHT + TEN


async def test_a_restart_does_not_repeat_a_run(clock: ManualClock, runs: MemoryJobRuns) -> None:
    await ran(runs, MIDNIGHT + TEN)
    await ran(runs, MIDNIGHT + 2 * TEN, "failed")
    clock.turn(minutes=20)
    assert await timer(clock, runs).due() is None


@pytest.mark.parametrize("outcome", ("running", "interrupted"))
async def test_an_unfinished_run_is_due_again(
    clock: ManualClock, runs: MemoryJobRuns, outcome: str
) -> None:
    await ran(runs, MIDNIGHT + TEN, outcome)
    clock.turn(minutes=12)
    assert await timer(clock, runs).due() == MIDNIGHT + TEN
    clock.turn(minutes=10)
    # The newer one includes the work of the older one.
    assert await timer(clock, runs).due() == MIDNIGHT + 2 * TEN


async def test_a_new_job_is_noted_so_that_its_first_run_is_not_forgotten(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    assert await timer(clock, runs).due() is None
    clock.turn(minutes=15)
    assert await timer(clock, runs).due() == MIDNIGHT + TEN
    [added] = await runs.select(limit=9)
    assert (added.outcome, added.due_at) == ("added", MIDNIGHT + timedelta(seconds=1))


async def test_another_leader_may_have_run_it_meanwhile(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    cron = timer(clock, runs)
    await cron.due()
    await ran(runs, MIDNIGHT + TEN)
    clock.turn(minutes=12)
    cron.forget()
    assert await cron.due() is None


async def test_without_a_store_it_counts_from_its_start(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    cron = timer(clock, runs, is_stored=False)
    assert await cron.due() is None
    assert await runs.select(limit=1) == []
    clock.turn(minutes=10)
    assert await cron.due() == MIDNIGHT + TEN


async def test_jitter_delays_a_run_and_not_its_due_time(
    clock: ManualClock, runs: MemoryJobRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    cron = timer(clock, runs, jitter=30.0)
    await cron.due()
    assert cron.begins_at() == (MIDNIGHT + TEN).timestamp() + 30
    clock.turn(minutes=10, seconds=28)
    assert await cron.due() is None
    clock.turn(seconds=1)
    assert await cron.due() == MIDNIGHT + TEN


async def test_jitter_may_be_none_at_all(
    clock: ManualClock, runs: MemoryJobRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda least, most: least)
    cron = timer(clock, runs, jitter=30.0)
    await cron.due()

    assert cron.begins_at() == (MIDNIGHT + TEN).timestamp()


async def test_a_late_run_is_skipped_only_after_its_jitter(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    await ran(runs, MIDNIGHT)
    for late, is_skipped in ((89, False), (91, True)):
        cron = timer(clock, runs, missed="skip", jitter=30.0)
        clock.now = MIDNIGHT + TEN + timedelta(seconds=late)

        assert (await cron.due() is None) is is_skipped


async def test_a_clock_that_is_set_back_repeats_nothing(
    clock: ManualClock, runs: MemoryJobRuns
) -> None:
    cron = timer(clock, runs)
    await cron.due()
    clock.turn(minutes=10)
    assert await cron.due() == MIDNIGHT + TEN
    cron.ended()
    clock.turn(minutes=-8)
    assert await cron.due() is None
    clock.turn(minutes=9)
    assert await cron.due() is None
