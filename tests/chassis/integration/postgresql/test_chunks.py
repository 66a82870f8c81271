"""A hypertable of many chunks: who looks for little touches few of them.

A chunk that a statement looks into, or only plans for, stays locked until the transaction ends;
so the locks tell which ones there were.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.notification.mapping import from_event
from app.application.notification.ports import Criteria, Stored
from app.domain.notification.notification import Notification
from app.infrastructure.notification.repository import SqlNotifications
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.journal.journal import SqlJournal
from chassis.infrastructure.database.transaction import begin, read
from tests.contract.database.stores import opened, sql_store, store_whole
from tests.unit.support import make_notification

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = [make_notification(NOON + number * DAY) for number in range(40)]

TOUCHED = text(
    "SELECT count(DISTINCT relation) FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
    "WHERE pid = pg_backend_pid() AND relkind = 'r' AND relname LIKE '\\_hyper\\_%\\_chunk'"
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """One notification a day, for as many days as there are `DAYS`."""
    async with opened(database_url) as database:
        await store_whole(sql_store(database), *DAYS)
        async with database.snapshot() as connection:
            await connection.execute(text("SELECT * FROM notifications"))
            assert await touched(connection) == len(DAYS)
        yield database


async def touched(connection: AsyncConnection) -> int:
    found: int = (await connection.execute(TOUCHED)).scalar_one()
    return found


# More often than the server makes a new plan each time, before it keeps one plan.
USES = range(12)


async def test_a_look_up_by_id(database: Database) -> None:
    for use in USES:
        async with read(database) as transaction:
            notifications = SqlNotifications(transaction)
            assert await notifications.get(DAYS[use].id) == Stored(DAYS[use], 0)
            assert await touched(await transaction.connection()) == 1


async def test_a_change_of_the_seen_state(database: Database) -> None:
    for use in USES:
        async with begin(database) as transaction:
            notifications = SqlNotifications(transaction)
            changed = await notifications.set_seen(DAYS[use].id, True)
            assert changed is not None
            assert changed.notification.is_seen
            assert await touched(await transaction.connection()) == 1


async def test_lists_counts_and_reports_of_some_days(database: Database) -> None:
    days = Criteria(since=NOON + 3 * DAY, until=NOON + 5 * DAY)
    for _ in USES:
        async with read(database) as transaction:
            notifications = SqlNotifications(transaction)
            assert await notifications.select(days, limit=10) == [DAYS[4], DAYS[3]]
            assert await notifications.count(days, at_most=10) == 2
            rows = await notifications.counts(days, by="receiver", bucket_seconds=3600, limit=10)
            assert len(rows) == 2
            # The last day begins before noon.
            assert await touched(await transaction.connection()) <= 3


async def test_a_list_that_goes_on_after_an_id(database: Database) -> None:
    for _ in USES:
        async with read(database) as transaction:
            notifications = SqlNotifications(transaction)
            page = await notifications.select(Criteria(), limit=10, before=DAYS[3].id)
            assert page == [DAYS[2], DAYS[1], DAYS[0]]
            assert await touched(await transaction.connection()) <= 4


async def test_a_list_of_what_was_last(database: Database) -> None:
    for _ in USES:
        async with read(database) as transaction:
            notifications = SqlNotifications(transaction)
            page = await notifications.select(Criteria(until=NOON + 30 * DAY), limit=3)
            assert page == [DAYS[29], DAYS[28], DAYS[27]]
            assert await touched(await transaction.connection()) <= 5
            page = await notifications.select(Criteria(), limit=3, before=DAYS[20].id)
            assert page == [DAYS[19], DAYS[18], DAYS[17]]
            assert await touched(await transaction.connection()) <= 10


async def test_following_the_journal(database: Database) -> None:
    async def follow(position: int) -> tuple[list[Notification], int, int]:
        async with read(database) as transaction:
            journal = SqlJournal(transaction, {})
            entries = await journal.after(position, limit=3)
            found = [from_event(entry.event) for entry in entries]
            return found, entries[-1].position, await touched(await transaction.connection())

    position = 0
    for use in USES:
        found, position, chunks = await follow(position)
        assert found == DAYS[3 * use : 3 * use + 3]
        # The journal has all that a stream delivers.
        assert chunks == 0


async def test_writing(database: Database) -> None:
    async with begin(database) as transaction:
        notifications = SqlNotifications(transaction)
        await notifications.add([make_notification(NOON + 3 * DAY), DAYS[3]])
        assert await touched(await transaction.connection()) == 1


async def test_pruning_drops_whole_chunks(database: Database) -> None:
    # One chunk a step, so that no transaction waits for one while it locks another.
    for may_be_more in (True, True, False):
        async with begin(database) as transaction:
            notifications = SqlNotifications(transaction)
            assert await notifications.prune(NOON + 2 * DAY, limit=1000) is may_be_more
    async with read(database) as transaction:
        notifications = SqlNotifications(transaction)
        # The third begins at midnight, before that noon, and is not old enough as a whole.
        assert await notifications.select(Criteria(until=NOON + 3 * DAY), limit=10) == [DAYS[2]]
