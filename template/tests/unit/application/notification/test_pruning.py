from datetime import timedelta

import pytest

from app.application.notification.ports import Criteria, Notifications
from chassis.application import pruning
from chassis.application.pruning import PruneHandler, itself
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notification_work import MemoryNotificationWork
from tests.unit.support import ManualClock, make_notification, store

RETENTION = timedelta(days=30)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def handler(work: MemoryUnitOfWork, clock: ManualClock) -> PruneHandler[Notifications]:
    return PruneHandler(MemoryNotificationWork(work), itself, clock, RETENTION)


async def test_what_is_older_than_the_retention_goes(
    handler: PruneHandler[Notifications], database: MemoryDatabase, clock: ManualClock
) -> None:
    old = make_notification(clock() - RETENTION - MOMENT)
    kept = [make_notification(clock() - RETENTION + MOMENT), make_notification(clock())]
    await store(database, [old, *kept])

    assert await handler() is False

    assert list(database.state.notifications.values()) == kept


async def test_the_journal_is_left_to_its_own_job(
    handler: PruneHandler[Notifications],
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    new = make_notification(clock())
    await store(database, [make_notification(clock() - 2 * RETENTION) for _ in range(7)] + [new])
    journal = list(database.state.journal)

    while await handler():
        pass

    # Its entries have the events' own data: they need no notification.
    assert database.state.journal == journal
    async with work.read() as unit:
        assert await unit.notifications.select(Criteria(), limit=10) == [new]
