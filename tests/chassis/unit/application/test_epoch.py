import asyncio

import pytest

from chassis.application import epoch
from chassis.application.epoch import EpochMonitor
from chassis.application.errors import Unavailable
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, lines


@pytest.fixture
def monitor(work: MemoryUnitOfWork, metrics: RecordingMetrics) -> EpochMonitor:
    return EpochMonitor(work, metrics)


async def test_the_epoch_is_read_once(monitor: EpochMonitor, database: MemoryDatabase) -> None:
    assert await monitor.current() == database.epoch
    database.available = False
    assert await monitor.current() == database.epoch


async def test_a_database_that_goes_on_is_only_read(
    monitor: EpochMonitor,
    database: MemoryDatabase,
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(MemoryUnitOfWork, "begin")

    assert await monitor.current() == database.epoch
    assert not await monitor.step()
    assert "actor_restarts:epoch" in metrics.zeros


async def test_it_is_not_known_while_the_database_is_away(
    monitor: EpochMonitor, database: MemoryDatabase
) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await monitor.current()


async def test_a_database_that_went_on_from_an_earlier_state_gets_a_new_one(
    monitor: EpochMonitor, database: MemoryDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    before = await monitor.current()
    database.restore(database.state, is_told=True)

    assert not await monitor.step()

    assert await monitor.current() == database.epoch != before
    (line,) = lines(caplog, "the database has a new epoch")
    assert (line["before"], line["now"]) == (before, database.epoch)


async def test_one_that_another_replica_has_drawn_is_taken_over(
    monitor: EpochMonitor, database: MemoryDatabase
) -> None:
    await monitor.step()
    database.epoch = "another"

    await monitor.step()

    assert await monitor.current() == "another"


async def test_of_two_replicas_one_draws(work: MemoryUnitOfWork, database: MemoryDatabase) -> None:
    monitors = [EpochMonitor(work, RecordingMetrics()) for _ in range(2)]
    database.restore(database.state, is_told=True)

    await asyncio.gather(*(each.step() for each in monitors))

    assert {await each.current() for each in monitors} == {database.epoch}


async def test_it_rests_for_two_seconds(monitor: EpochMonitor, waits: list[float]) -> None:
    await monitor.rest()

    assert waits == [2]


async def test_it_looks_at_intervals(
    monitor: EpochMonitor, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch, "POLL", 0)
    stopping = asyncio.Event()
    running = asyncio.create_task(monitor.run(stopping))
    before = await monitor.current()
    database.restore(database.state, is_told=True)
    while await monitor.current() == before:
        await asyncio.sleep(0)
    stopping.set()
    await running
