import random
from collections.abc import Callable

import pytest

from chassis.application.actors import timers
from chassis.application.actors.timers import IntervalTimer
from tests.unit.support import ManualClock, ManualTime


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> ManualTime:
    time = ManualTime()
    monkeypatch.setattr(timers, "time", time)
    return time


@pytest.fixture
def timer(clock: ManualClock, time: ManualTime, monkeypatch: pytest.MonkeyPatch) -> IntervalTimer:
    monkeypatch.setattr(random, "uniform", lambda least, most: most)
    return IntervalTimer(60.0, 0.25, clock)


async def test_the_first_run_is_due_within_ten_seconds(
    timer: IntervalTimer, time: ManualTime, clock: ManualClock
) -> None:
    assert timer.left() == 10
    assert timer.begins_at() == clock().timestamp() + 10
    time.now += 9.9
    assert await timer.due() is None
    time.now += 0.1

    assert await timer.due() == clock()


async def test_a_time_that_has_passed_is_due_now_and_shown_as_it_was(
    timer: IntervalTimer, time: ManualTime, clock: ManualClock
) -> None:
    time.now += 30

    assert timer.left() == 0
    # An alert tells a late run by it.
    assert timer.begins_at() == clock().timestamp() - 20


@pytest.mark.parametrize(("drawn", "left"), ((max, 75.0), (min, 45.0)))
async def test_the_interval_has_its_part_of_jitter(
    timer: IntervalTimer,
    monkeypatch: pytest.MonkeyPatch,
    drawn: Callable[[tuple[float, ...]], float],
    left: float,
) -> None:
    monkeypatch.setattr(random, "uniform", lambda *ends: drawn(ends))

    timer.ended()

    assert timer.left() == left


async def test_a_change_of_leader_changes_no_interval(timer: IntervalTimer) -> None:
    timer.forget()

    assert timer.left() == 10


@pytest.mark.parametrize(("interval", "longest"), ((3.0, 3.0), (3600.0, 10.0)))
async def test_the_first_run_is_at_any_time_within_its_bounds(
    clock: ManualClock,
    time: ManualTime,
    monkeypatch: pytest.MonkeyPatch,
    interval: float,
    longest: float,
) -> None:
    left = []
    for drawn in (min, max):
        monkeypatch.setattr(random, "uniform", lambda *ends, drawn=drawn: drawn(ends))
        left.append(IntervalTimer(interval, 0.25, clock).left())

    assert left == [0, longest]
