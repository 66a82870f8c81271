from datetime import timedelta

import pytest

from app.application.errors import Unavailable
from app.application.notification.commands import prune_notifications
from app.application.notification.commands.prune_notifications import PruneNotificationsHandler
from app.application.notification.ports import Criteria
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, make_notification, store

RETENTION = timedelta(days=30)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def handler(work: MemoryUnitOfWork, clock: ManualClock) -> PruneNotificationsHandler:
    return PruneNotificationsHandler(work, clock, RETENTION)


async def test_what_is_older_than_the_retention_goes(
    handler: PruneNotificationsHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    old = make_notification(clock() - RETENTION - MOMENT)
    kept = [make_notification(clock() - RETENTION + MOMENT), make_notification(clock())]
    await store(database, [old, *kept])

    assert await handler() is False

    assert list(database.state.notifications.values()) == kept


async def test_the_journal_is_left_to_its_own_job(
    handler: PruneNotificationsHandler,
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prune_notifications, "BATCH", 2)
    new = make_notification(clock())
    await store(database, [make_notification(clock() - 2 * RETENTION) for _ in range(7)] + [new])
    journal = list(database.state.journal)

    while await handler():
        pass

    # Its entries have the events' own data: they need no notification.
    assert database.state.journal == journal
    async with work.read() as unit:
        assert await unit.notifications.select(Criteria(), limit=10) == [new]


async def test_a_step_is_bounded(
    handler: PruneNotificationsHandler,
    database: MemoryDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prune_notifications, "BATCH", 2)
    old = [make_notification(clock() - 2 * RETENTION) for _ in range(5)]
    await store(database, [*old, make_notification(clock())])

    assert [await handler() for _ in range(3)] == [True, True, False]

    assert len(database.state.notifications) == 1


async def test_a_database_that_is_away_is_told_of(
    handler: PruneNotificationsHandler, database: MemoryDatabase
) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await handler()
