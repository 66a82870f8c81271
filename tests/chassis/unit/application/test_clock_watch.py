from datetime import datetime, timedelta

import pytest

from chassis.application.clock_watch import MOST_OFF, OFFSET, REMEMBERED, ClockWatch
from chassis.application.errors import Unavailable
from tests.unit.support import ManualClock, RecordingMetrics

SECOND = timedelta(seconds=1)


class Server:
    """Has a clock that is `ahead`, or none.

    It reads the clock after `delay`, and its answer is on the way for as long as `travel`.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.ahead = timedelta(0)
        self.delay = timedelta(0)
        self.travel = timedelta(0)
        self.has_clock = True

    async def time(self) -> datetime | None:
        self._clock.turn(seconds=self.delay.total_seconds())
        now = self._clock() + self.ahead
        self._clock.turn(seconds=self.travel.total_seconds())
        return now if self.has_clock else None


@pytest.fixture
def server(clock: ManualClock) -> Server:
    return Server(clock)


@pytest.fixture
def watch(server: Server, clock: ManualClock, metrics: RecordingMetrics) -> ClockWatch:
    return ClockWatch(server, clock, metrics)


async def trouble(watch: ClockWatch) -> str:
    with pytest.raises(Unavailable) as caught:
        await watch.check()
    return str(caught.value)


async def test_a_clock_that_agrees_is_well(watch: ClockWatch, server: Server) -> None:
    await watch.check()
    for server.ahead in (timedelta(0), MOST_OFF, -MOST_OFF):
        await watch.step()
        await watch.check()


@pytest.mark.parametrize(
    ("ahead", "told", "offset"), ((6, "360 s behind", -360), (-6, "360 s ahead of", 360))
)
async def test_a_clock_that_is_off_is_told_until_it_is_set(
    watch: ClockWatch,
    server: Server,
    metrics: RecordingMetrics,
    ahead: int,
    told: str,
    offset: float,
) -> None:
    server.ahead = timedelta(minutes=ahead)
    await watch.step()
    assert await trouble(watch) == f"this clock is {told} the database's: set both by NTP"
    assert metrics.gauges[OFFSET.name] == offset

    server.ahead = timedelta(0)
    await watch.step()
    await watch.check()
    assert metrics.gauges[OFFSET.name] == 0


@pytest.mark.parametrize("sign", (1, -1))
async def test_an_answer_that_takes_long_proves_no_offset(
    watch: ClockWatch, server: Server, sign: int
) -> None:
    server.delay = timedelta(minutes=3)
    server.ahead = sign * MOST_OFF
    await watch.step()
    await watch.check()


async def test_a_clock_that_was_read_in_the_middle_of_a_long_wait_may_agree(
    watch: ClockWatch, server: Server, metrics: RecordingMetrics
) -> None:
    server.delay = server.travel = 30 * SECOND

    await watch.step()

    assert metrics.gauges[OFFSET.name] == 0
    assert "actor_restarts:clock_watch" in metrics.zeros


async def test_a_database_without_a_clock_proves_nothing(watch: ClockWatch, server: Server) -> None:
    server.has_clock = False
    server.ahead = timedelta(hours=1)
    await watch.step()
    await watch.check()


async def test_an_event_from_ahead_is_told_for_a_while(
    watch: ClockWatch, clock: ManualClock
) -> None:
    watch.meet_ahead(clock() + timedelta(seconds=400))
    assert await trouble(watch) == (
        "an event came from 400 s ahead of this clock: set it, or its producer's, by NTP"
    )

    clock.turn(seconds=REMEMBERED.total_seconds())
    await watch.check()


async def test_it_looks_again_after_a_while(watch: ClockWatch, waits: list[float]) -> None:
    assert await watch.step() is False
    await watch.rest()
    assert waits[-1] == pytest.approx(15)
