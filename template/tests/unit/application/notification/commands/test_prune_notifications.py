from datetime import timedelta

import pytest

from app.application.errors import Unavailable
from app.application.notification.commands import prune_notifications
from app.application.notification.commands.prune_notifications import PruneNotificationsHandler
from app.application.ports.notifications import Criteria
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


async def test_the_journal_is_never_behind_the_notifications(
    handler: PruneNotificationsHandler,
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prune_notifications, "BATCH", 2)
    new = make_notification(clock())
    await store(database, [make_notification(clock() - 2 * RETENTION) for _ in range(7)] + [new])

    more = True
    while more:
        more = await handler()
        held = {entry.notification.id for entry in database.state.journal}
        assert held <= set(database.state.notifications)

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

    # Two and two of either, and what is left of both.
    assert [await handler() for _ in range(5)] == [True] * 4 + [False]

    assert len(database.state.notifications) == 1


async def test_a_database_that_is_away_is_told_of(
    handler: PruneNotificationsHandler, database: MemoryDatabase
) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await handler()
