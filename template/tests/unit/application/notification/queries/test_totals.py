import pytest

from app.application.notification.queries import totals as module
from app.application.notification.queries.totals import BELIEVED, Totals
from app.application.ports.notifications import Criteria
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, make_notification, store

ADA, BOB = Criteria(receiver="ada"), Criteria(receiver="bob")


@pytest.fixture
def totals(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Totals:
    monkeypatch.setattr(module, "MAX_TOTAL", 3)
    return Totals(clock)


async def add(database: MemoryDatabase, receiver: str, count: int) -> None:
    await store(database, [make_notification(receiver=receiver) for _ in range(count)])


async def count(totals: Totals, work: MemoryUnitOfWork, criteria: Criteria) -> int:
    async with work.read() as reading:
        return await totals.count(reading.notifications, criteria)


async def test_a_total_below_the_limit_is_counted_each_time(
    totals: Totals, work: MemoryUnitOfWork, database: MemoryDatabase
) -> None:
    await add(database, "ada", 1)
    assert await count(totals, work, ADA) == 1

    await add(database, "ada", 1)

    assert await count(totals, work, ADA) == 2


async def test_a_total_at_the_limit_is_believed_for_a_minute(
    totals: Totals, work: MemoryUnitOfWork, database: MemoryDatabase, clock: ManualClock
) -> None:
    await add(database, "ada", 5)
    assert await count(totals, work, ADA) == 3

    database.state.notifications.clear()

    clock.turn(seconds=BELIEVED.total_seconds() - 1)
    assert await count(totals, work, ADA) == 3
    assert await count(totals, work, BOB) == 0
    clock.turn(seconds=1)
    assert await count(totals, work, ADA) == 0


async def test_a_bounded_number_is_remembered(
    totals: Totals,
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 1)
    for receiver in ("ada", "bob"):
        await add(database, receiver, 3)
        await count(totals, work, Criteria(receiver=receiver))

    database.state.notifications.clear()

    assert await count(totals, work, BOB) == 3
    assert await count(totals, work, ADA) == 0
