import pytest

from app.application.backlog import RETRY_AFTER, Backlog
from app.application.errors import Busy
from app.application.ports.outbox import Envelope
from app.domain.notification.identity import new_id
from tests.memory_database import MemoryDatabase, MemoryPending, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics

MARK = 3


@pytest.fixture
def backlog(database: MemoryDatabase, clock: ManualClock, metrics: RecordingMetrics) -> Backlog:
    return Backlog(MemoryPending(database), clock, metrics, MARK)


async def add(work: MemoryUnitOfWork, clock: ManualClock, count: int) -> None:
    async with work.begin() as transaction:
        await transaction.outbox.add([Envelope(new_id(clock()), "", b"") for _ in range(count)])


async def test_work_is_taken_up_to_the_mark(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    await add(work, clock, MARK)

    await backlog.check()

    assert metrics.gauges["outbox_rows"] == MARK


async def test_work_is_refused_above_the_mark(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await add(work, clock, MARK + 1)

    with pytest.raises(Busy, match="4 events wait") as caught:
        await backlog.check()
    assert caught.value.retry_after == RETRY_AFTER


async def test_the_outbox_is_counted_at_most_once_a_second(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await backlog.check()
    await add(work, clock, MARK + 1)
    clock.turn(seconds=0.9)
    await backlog.check()

    clock.turn(seconds=0.2)
    with pytest.raises(Busy):
        await backlog.check()


async def test_work_is_taken_again_once_the_outbox_is_drained(
    backlog: Backlog, database: MemoryDatabase, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await add(work, clock, MARK + 1)
    with pytest.raises(Busy):
        await backlog.check()
    database.state.outbox.clear()

    clock.turn(seconds=1)

    await backlog.check()


async def test_a_clock_that_steps_back_does_not_stop_the_counting(
    backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    await backlog.check()
    await add(work, clock, MARK + 1)

    clock.turn(hours=-1)

    with pytest.raises(Busy):
        await backlog.check()
