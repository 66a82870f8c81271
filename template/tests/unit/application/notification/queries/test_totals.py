from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from app.application.notification.ports import Criteria
from app.application.notification.queries import totals as module
from app.application.notification.queries.totals import BELIEVED, Totals
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notifications import MemoryNotifications
from tests.unit.support import ManualClock, make_notification, store

DAY = timedelta(days=1)
ADA, BOB = Criteria(receiver="ada"), Criteria(receiver="bob")


@pytest.fixture
def clock() -> ManualClock:
    """Noon: a day that ends meanwhile is counted again."""
    return ManualClock(datetime.now(UTC).replace(hour=12))


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


class Asked(MemoryNotifications):
    """Has `held` of whatever it is asked for, and notes what that is."""

    def __init__(self, held: int = 0) -> None:
        super().__init__({})
        self._held = held
        self.asked: list[tuple[Criteria, int]] = []

    async def count(self, criteria: Criteria, *, at_most: int) -> int:
        self.asked.append((criteria, at_most))
        return min(self._held, at_most)


BORDER = datetime(2026, 3, 3, tzinfo=UTC)
TIME = datetime(2026, 3, 4, 15, 7, 8, 9, tzinfo=UTC)


async def test_the_border_is_the_midnight_a_day_ago(totals: Totals, clock: ManualClock) -> None:
    clock.now = TIME
    notifications = Asked(held=2)

    assert await totals.count(notifications, ADA) == 3

    # New rows are counted only up to the limit.
    assert notifications.asked == [(replace(ADA, until=BORDER), 3), (replace(ADA, since=BORDER), 1)]


@pytest.mark.parametrize(
    ("criteria", "asked"),
    (
        (Criteria(since=BORDER), 1),
        (Criteria(until=BORDER), 1),
        (Criteria(since=TIME, until=TIME), 0),
        (Criteria(since=BORDER - DAY, until=TIME), 2),
    ),
)
async def test_nothing_is_asked_where_nothing_can_be(
    totals: Totals, clock: ManualClock, criteria: Criteria, asked: int
) -> None:
    clock.now = TIME
    notifications = Asked()

    assert await totals.count(notifications, criteria) == 0

    assert len(notifications.asked) == asked


async def test_nothing_new_is_counted_once_the_limit_is_reached(totals: Totals) -> None:
    notifications = Asked(held=3)

    assert await totals.count(notifications, ADA) == 3

    assert len(notifications.asked) == 1


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


async def test_what_was_counted_longest_ago_is_forgotten_first(
    totals: Totals, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 2)
    until = clock() - 3 * DAY
    ada, bob, eve = (Criteria(receiver=name, until=until) for name in ("ada", "bob", "eve"))
    notifications = Asked()
    for criteria in (ada, bob, ada, eve):
        await totals.count(notifications, criteria)
        clock.turn(seconds=BELIEVED.total_seconds() / 2)
    notifications.asked.clear()

    clock.turn(seconds=-BELIEVED.total_seconds() / 2)
    await totals.count(notifications, ada)

    assert notifications.asked == []
