from datetime import timedelta

import pytest

from app.application import prune_journal
from app.application.errors import Unavailable
from app.application.prune_journal import PruneJournalHandler
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, make_notification, store

RETENTION = timedelta(days=30)
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def handler(work: MemoryUnitOfWork, clock: ManualClock) -> PruneJournalHandler:
    return PruneJournalHandler(work, clock, RETENTION)


async def test_what_is_older_than_the_retention_goes(
    handler: PruneJournalHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    old = make_notification(clock() - RETENTION - MOMENT)
    kept = [make_notification(clock() - RETENTION + MOMENT), make_notification(clock())]
    await store(database, [old, *kept])

    assert await handler() is False

    assert [entry.event.id for entry in database.state.journal] == [item.id for item in kept]


async def test_a_step_is_bounded(
    handler: PruneJournalHandler,
    database: MemoryDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prune_journal, "BATCH", 2)
    old = [make_notification(clock() - 2 * RETENTION) for _ in range(5)]
    await store(database, [*old, make_notification(clock())])

    assert [await handler() for _ in range(3)] == [True, True, False]

    assert len(database.state.journal) == 1


async def test_a_database_that_is_away_is_told_of(
    handler: PruneJournalHandler, database: MemoryDatabase
) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await handler()
