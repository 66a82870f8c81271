from datetime import timedelta
from uuid import uuid4

import pytest

from chassis.application.backlog import INTERVAL, RETRY_AFTER, Backlog
from chassis.application.errors import Busy, Unavailable
from chassis.application.ports.outbox import Envelope
from chassis.domain.ids import new_id, time_of
from tests.memory_database import MemoryDatabase, MemoryOutboxReader, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics

MARK = 3


@pytest.fixture
def backlog(database: MemoryDatabase, clock: ManualClock, metrics: RecordingMetrics) -> Backlog:
    return Backlog(MemoryOutboxReader(database), clock, metrics, MARK)


async def add(work: MemoryUnitOfWork, clock: ManualClock, count: int) -> list[Envelope]:
    envelopes = [Envelope(new_id(clock()), "", b"") for _ in range(count)]
    async with work.begin() as transaction:
        await transaction.outbox.add(envelopes)
    return envelopes


async def test_work_is_taken_up_to_the_mark(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    await add(work, clock, MARK)
    await backlog.step()

    await backlog.check()

    assert metrics.gauges["outbox_rows"] == MARK


async def test_work_is_refused_above_the_mark(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    await add(work, clock, MARK + 100)
    await backlog.step()

    with pytest.raises(Busy, match="more than 3 events wait") as caught:
        await backlog.check()
    assert caught.value.retry_after == RETRY_AFTER
    assert metrics.gauges["outbox_rows"] == MARK + 1


async def test_before_the_first_look_nothing_is_known_to_wait(
    backlog: Backlog, metrics: RecordingMetrics
) -> None:
    assert metrics.gauges == {
        "outbox_rows": 0,
        "outbox_rows_limit": MARK,
        "outbox_oldest_age_seconds": 0,
    }
    assert "actor_restarts:backlog" in metrics.zeros


async def test_it_looks_once_a_second(backlog: Backlog, waits: list[float]) -> None:
    assert await backlog.step() is False
    waits.clear()

    await backlog.rest()

    assert waits == [INTERVAL]


async def test_nobody_waits_for_the_counting(
    backlog: Backlog, database: MemoryDatabase, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await backlog.step()
    await add(work, clock, MARK + 1)
    database.available = False

    await backlog.check()


async def test_the_last_count_holds_while_the_database_is_away(
    backlog: Backlog, database: MemoryDatabase, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await add(work, clock, MARK + 1)
    await backlog.step()
    database.available = False

    with pytest.raises(Unavailable):
        await backlog.step()
    with pytest.raises(Busy):
        await backlog.check()


async def test_work_is_taken_again_once_the_outbox_is_drained(
    backlog: Backlog, database: MemoryDatabase, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await add(work, clock, MARK + 1)
    await backlog.step()
    database.state.outbox.clear()
    await backlog.step()

    await backlog.check()


async def test_the_age_of_the_oldest_is_told(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    await backlog.step()
    assert metrics.gauges["outbox_oldest_age_seconds"] == 0
    oldest, _ = await add(work, clock, 2)
    await backlog.step()

    clock.now = time_of(oldest.id) + timedelta(seconds=7)

    assert metrics.gauges["outbox_oldest_age_seconds"] == 7
    clock.turn(seconds=-8)
    assert metrics.gauges["outbox_oldest_age_seconds"] == 0


async def test_an_id_that_tells_no_time_is_of_no_age(
    backlog: Backlog, work: MemoryUnitOfWork, metrics: RecordingMetrics
) -> None:
    async with work.begin() as transaction:
        await transaction.outbox.add([Envelope(uuid4(), "", b"")])
    await backlog.step()

    assert metrics.gauges["outbox_oldest_age_seconds"] == 0
