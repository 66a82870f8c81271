from datetime import datetime, timedelta
from typing import Any

import pytest

from app.application.notification.queries import totals as module
from app.application.notification.queries.totals import BELIEVED, Totals
from app.application.ports.notifications import Criteria
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, make_notification, store

DAY = timedelta(days=1)
ADA, BOB = Criteria(receiver="ada"), Criteria(receiver="bob")


@pytest.fixture
def totals(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Totals:
    monkeypatch.setattr(module, "MAX_TOTAL", 3)
    return Totals(clock)


async def add(database: MemoryDatabase, receiver: str, count: int, **fields: Any) -> None:
    await store(database, [make_notification(receiver=receiver, **fields) for _ in range(count)])


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


async def test_days_that_are_over_are_believed_for_a_minute_and_others_counted(
    totals: Totals, work: MemoryUnitOfWork, database: MemoryDatabase, clock: ManualClock
) -> None:
    old = clock() - 3 * DAY
    await add(database, "ada", 1, now=old)
    assert await count(totals, work, ADA) == 1

    await add(database, "ada", 1, now=old)
    await add(database, "ada", 1, now=clock())

    assert await count(totals, work, ADA) == 2
    clock.turn(seconds=BELIEVED.total_seconds())
    assert await count(totals, work, ADA) == 3


async def test_what_may_yet_be_seen_is_counted_each_time(
    totals: Totals, work: MemoryUnitOfWork, database: MemoryDatabase, clock: ManualClock
) -> None:
    unseen = Criteria(receiver="ada", is_seen=False)
    await add(database, "ada", 1, now=clock() - 3 * DAY)
    assert await count(totals, work, unseen) == 1

    database.state.notifications.clear()

    assert await count(totals, work, unseen) == 0


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    (
        (None, None, 3),
        (2.5, None, 2),
        (0.5, None, 1),
        (None, 2.5, 1),
        (None, 0.5, 2),
        (2.5, 0.5, 1),
    ),
)
async def test_each_is_counted_once(
    totals: Totals,
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    clock: ManualClock,
    since: float | None,
    until: float | None,
    expected: int,
) -> None:
    def ago(days: float | None) -> datetime | None:
        return None if days is None else clock() - days * DAY

    clock.now = clock.now.replace(hour=12)
    # One before the midnight that is the border, one at it, one after.
    border = (clock.now - DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    for at in (border - DAY, border, clock()):
        await add(database, "ada", 1, now=at)

    criteria = Criteria(receiver="ada", since=ago(since), until=ago(until))

    assert await count(totals, work, criteria) == expected


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
    # One for the days that are over, one for what has come since.
    monkeypatch.setattr(module, "MAX_REMEMBERED", 2)
    for receiver in ("ada", "bob"):
        await add(database, receiver, 3)
        await count(totals, work, Criteria(receiver=receiver))

    database.state.notifications.clear()

    assert await count(totals, work, BOB) == 3
    assert await count(totals, work, ADA) == 0
