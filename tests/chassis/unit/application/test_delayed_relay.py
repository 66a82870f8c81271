import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.delay_limits import DelayLimits
from chassis.application.delayed_relay import BATCH, POLL, DelayedRelay
from chassis.application.errors import Busy
from chassis.domain.errors import Invalid
from tests.unit.support import ManualClock, RecordingMetrics, RecordingSignal

LONGEST = timedelta(hours=1)
MOST = 5


class Delayed:
    """The times that events wait for, in memory."""

    def __init__(self) -> None:
        self.times: list[datetime] = []
        self.counts = 0
        self.is_taken = False

    async def next(self) -> datetime | None:
        return min(self.times, default=None)

    async def count(self, *, at_most: int) -> int:
        self.counts += 1
        return min(len(self.times), at_most)

    async def release(self, now: datetime, *, limit: int) -> int:
        due = [] if self.is_taken else sorted(time for time in self.times if time <= now)[:limit]
        for time in due:
            self.times.remove(time)
        return len(due)


@pytest.fixture
def delayed() -> Delayed:
    return Delayed()


@pytest.fixture
def limits(clock: ManualClock) -> DelayLimits:
    return DelayLimits(clock, LONGEST, MOST)


@pytest.fixture
def relay(
    delayed: Delayed,
    signal: RecordingSignal,
    clock: ManualClock,
    metrics: RecordingMetrics,
    limits: DelayLimits,
) -> DelayedRelay:
    return DelayedRelay(delayed, signal, clock, metrics, limits)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, which take no time."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


async def test_due_events_are_moved_and_the_relay_is_told(
    relay: DelayedRelay, delayed: Delayed, signal: RecordingSignal, clock: ManualClock
) -> None:
    delayed.times = [clock() + timedelta(seconds=1)] * (BATCH + 1)
    assert await relay.step() is False
    assert signal.notified == 0

    clock.turn(seconds=1)
    assert [await relay.step() for _ in range(3)] == [True, True, False]
    assert (delayed.times, signal.notified) == ([], 2)


async def test_it_sleeps_until_the_next_time_or_for_half_a_second(
    relay: DelayedRelay, delayed: Delayed, clock: ManualClock, slept: list[float]
) -> None:
    await relay.step()
    await relay.rest()
    delayed.times = [clock() + timedelta(seconds=0.2)]
    await relay.step()
    await relay.rest()
    delayed.times = [clock() + timedelta(hours=1)]
    await relay.step()
    await relay.rest()
    assert slept == [POLL, pytest.approx(0.2), POLL]


async def test_it_does_not_spin_while_another_replica_moves_what_is_due(
    relay: DelayedRelay, delayed: Delayed, clock: ManualClock, slept: list[float]
) -> None:
    delayed.times, delayed.is_taken = [clock()], True
    assert await relay.step() is False
    await relay.rest()
    assert slept == [POLL]


async def test_metrics_show_how_many_wait_and_how_late_the_first_is(
    relay: DelayedRelay, delayed: Delayed, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    assert metrics.gauges["outbox_delayed_rows"] == 0
    delayed.times, delayed.is_taken = [clock() + timedelta(seconds=10)] * 3, True
    await relay.step()
    assert metrics.gauges["outbox_delayed_rows"] == 3
    assert metrics.gauges["outbox_delayed_overdue_seconds"] == 0
    clock.turn(seconds=14)
    assert metrics.gauges["outbox_delayed_overdue_seconds"] == 4


async def test_the_count_is_made_every_ten_seconds_and_after_a_clock_that_goes_back(
    relay: DelayedRelay, delayed: Delayed, clock: ManualClock
) -> None:
    counts = []
    for seconds in (0, 5, 6, 1, -60):
        clock.turn(seconds=seconds)
        await relay.step()
        counts.append(delayed.counts)
    assert counts == [1, 1, 2, 2, 3]


def test_a_time_ahead_is_delayed_up_to_the_limit(limits: DelayLimits, clock: ManualClock) -> None:
    assert limits.is_delayed(clock() - timedelta(days=400)) is False
    assert limits.is_delayed(clock()) is False
    assert limits.is_delayed(clock() + timedelta(microseconds=1)) is True
    assert limits.is_delayed(clock() + LONGEST) is True
    with pytest.raises(Invalid, match="not_before: must be at most 3600 seconds from now"):
        limits.is_delayed(datetime.max.replace(tzinfo=UTC))


async def test_over_the_mark_later_events_are_refused_until_fewer_wait(
    relay: DelayedRelay, delayed: Delayed, limits: DelayLimits, clock: ManualClock
) -> None:
    delayed.times = [clock() + timedelta(seconds=30)] * (MOST + 3)
    await relay.step()
    assert limits.waiting == MOST + 1
    with pytest.raises(Busy, match="more than 5 delayed events wait"):
        limits.is_delayed(clock() + timedelta(seconds=1))
    assert limits.is_delayed(clock()) is False

    del delayed.times[MOST:]
    clock.turn(seconds=10)
    await relay.step()
    assert limits.is_delayed(clock() + timedelta(seconds=1)) is True
