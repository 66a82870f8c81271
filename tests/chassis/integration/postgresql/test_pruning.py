"""Pruning a long journal: a step costs what it removes, not what was removed before it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from app.application.notification.mapping import to_event
from chassis.infrastructure.database.journal.journal import SqlJournal
from chassis.infrastructure.database.transaction import SqlTransaction, begin
from tests.contract.database.stores import opened, sql_store
from tests.unit.support import make_notification

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
LIMIT, STEPS = 50, 20

LOOKED_AT = text("SELECT pg_stat_get_xact_tuples_returned('pk_journal'::regclass)")


async def looked_at(transaction: SqlTransaction) -> int:
    """Return how many entries of the index this connection has looked at."""
    found: int = (await transaction.execute(LOOKED_AT)).scalar_one()
    return found


async def test_a_step_does_not_look_at_what_is_gone(database_url: str) -> None:
    count = LIMIT * STEPS
    events = [to_event(make_notification(NOON + n * timedelta(seconds=1))) for n in range(count)]
    async with opened(database_url) as database:
        async with sql_store(database).work.begin() as work:
            await work.journal.append(events)
        # Deleted rows stay in the index for as long as a transaction may still see them.
        async with database.snapshot() as snapshot:
            await snapshot.execute(text("SELECT count(*) FROM journal"))
            steps = []
            for _ in range(STEPS - 1):
                async with begin(database) as transaction:
                    before = await looked_at(transaction)
                    is_more = await SqlJournal(transaction, {}).prune(LATER, limit=LIMIT)
                    steps.append(await looked_at(transaction) - before)
                    assert is_more

    assert min(steps) > LIMIT
    assert max(steps) < 4 * LIMIT, steps
