import asyncio
import logging

import pytest

from chassis.application.actors import elector, supervisor
from chassis.application.actors.elector import Elector
from chassis.application.errors import Unavailable
from tests.chassis.memory_election import MemoryElection, MemorySeat
from tests.unit.support import RecordingMetrics


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elector, "INTERVAL", 0.001)
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)


@pytest.fixture
def seat() -> MemorySeat:
    return MemorySeat()


class Unreachable(MemoryElection):
    """Loses the lead for want of an answer, as many times as it is told to."""

    def __init__(self, seat: MemorySeat, times: int) -> None:
        super().__init__(seat)
        self._times = times

    async def campaign(self) -> bool:
        if self.is_leader and self._times:
            self._times -= 1
            await self.resign()
            raise Unavailable("away")
        return await super().campaign()


async def until_held(seat: MemorySeat, holder: MemoryElection | None) -> None:
    async with asyncio.timeout(5):
        while seat.holder is not holder:
            await asyncio.sleep(0.001)


async def test_it_campaigns_until_it_is_stopped_and_then_resigns(seat: MemorySeat) -> None:
    election, metrics, stopping = MemoryElection(seat), RecordingMetrics(), asyncio.Event()
    running = asyncio.create_task(Elector(election, metrics).run(stopping))
    await until_held(seat, election)
    assert metrics.gauges["leader"] == 1

    stopping.set()
    await running

    assert seat.holder is None
    assert metrics.gauges["leader"] == 0


async def test_the_lead_goes_to_another_who_waits_for_it(seat: MemorySeat) -> None:
    other, stopping = MemoryElection(seat), asyncio.Event()
    await other.campaign()
    election = MemoryElection(seat)
    running = asyncio.create_task(Elector(election, RecordingMetrics()).run(stopping))
    await asyncio.sleep(0.01)
    assert seat.holder is other

    await other.resign()

    await until_held(seat, election)
    stopping.set()
    await running


async def test_it_rests_a_second(
    seat: MemorySeat, metrics: RecordingMetrics, waits: list[float]
) -> None:
    await Elector(MemoryElection(seat), metrics).rest()

    assert waits == [elector.INTERVAL]
    assert "actor_restarts:elector" in metrics.zeros


async def test_whoever_does_not_lead_at_first_tells_nothing(
    seat: MemorySeat, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await MemoryElection(seat).campaign()

    assert await Elector(MemoryElection(seat), metrics).step() is False

    assert caplog.records == []


async def test_it_resigns_when_it_is_cancelled(seat: MemorySeat) -> None:
    election = MemoryElection(seat)
    running = asyncio.create_task(Elector(election, RecordingMetrics()).run(asyncio.Event()))
    await until_held(seat, election)

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert seat.holder is None


async def test_each_change_is_told_once(seat: MemorySeat, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stopping = asyncio.Event()
    running = asyncio.create_task(Elector(Unreachable(seat, 1), RecordingMetrics()).run(stopping))
    async with asyncio.timeout(5):
        while [record.message for record in caplog.records].count("leading") < 2:
            await asyncio.sleep(0.001)
    stopping.set()
    await running

    told = [record.message for record in caplog.records]
    assert [line for line in told if "lead" in line] == [
        "leading",
        "no longer the leader",
        "leading",
    ]
