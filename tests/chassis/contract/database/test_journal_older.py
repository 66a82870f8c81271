"""Rows of the journal as the release before writes them: without a type, and without data."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from msgspec import Raw
from sqlalchemy import Column, MetaData, Table, Uuid, delete

from app.application.notification.mapping import REGISTERED, encode
from app.domain.notification.notification import Notification
from app.infrastructure.notification.announced import announced
from app.infrastructure.notification.table import notifications
from chassis.application.ports.journal import ANY, Entry, Filter
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.journal.journal import SqlJournal
from chassis.infrastructure.database.journal.reading import Key
from chassis.infrastructure.database.transaction import SqlTransaction
from chassis.infrastructure.database.types import Position, Text, Timestamp
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from tests.chassis.contract.database.test_journal import bounds, ingest, told
from tests.contract.database.stores import Store, sql_store
from tests.unit.support import make_notification

TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"
OLD_TABLE = Table(
    "journal",
    MetaData(),
    Column("position", Position, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("registered_at", Timestamp, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("action_type", Text, nullable=False),
    Column("traceparent", Text),
    sqlite_autoincrement=True,
)
OLD_INSERT = BulkInsert(
    OLD_TABLE,
    ("id", "registered_at", "receiver", "action_type", "traceparent"),
    returning=("id", "position"),
    only_new=True,
    is_serial=True,
)


@pytest.fixture
def store(database: Database) -> Store:
    return sql_store(database)


async def ingest_as_before(database: Database, *items: Notification) -> None:
    """Store notifications and their rows of the journal, as a replica of that release does."""
    async with sql_store(database).work.begin() as work:
        await work.notifications.add(items)
    rows: list[Sequence[Any]] = [
        (i.id, i.registered_at, i.receiver, i.action_type, TRACEPARENT) for i in items
    ]
    async with database.transaction() as connection:
        returned = await database.dialect.insert(connection, {OLD_INSERT: rows})
    assert len(returned[OLD_INSERT]) == len(items)


async def forget(database: Database, items: Sequence[Notification]) -> None:
    """Remove notifications, whose rows of the journal stay."""
    of_them = notifications.c.id.in_([item.id for item in items])
    async with database.transaction() as connection:
        await connection.execute(delete(notifications).where(of_them))


async def entries(
    store: Store, position: int = 0, limit: int = 100, matching: Filter = ANY, weight: int = 10**6
) -> list[Entry]:
    async with store.work.read() as work:
        return await work.journal.after(position, limit=limit, matching=matching, weight=weight)


async def test_an_older_row_is_the_event_of_its_notification(
    database: Database, store: Store
) -> None:
    item = make_notification(action_data={"text": "Zoë"}, actioner="eve")
    await ingest_as_before(database, item)

    [entry] = await entries(store)

    event = entry.event
    assert (event.id, event.type, event.subject) == (item.id, REGISTERED, item.receiver)
    assert (event.time, event.traceparent) == (item.registered_at, TRACEPARENT)
    assert (entry.tag, bytes(event.data)) == (item.action_type, encode(item))


async def test_what_was_seen_since_was_not_when_it_was_announced(
    database: Database, store: Store
) -> None:
    item = make_notification()
    await ingest_as_before(database, item)
    async with store.work.begin() as work:
        await work.notifications.set_seen(item.id, True)

    assert told(await entries(store)) == [item]
    assert b'"is_seen":false' in bytes((await entries(store))[0].event.data)


async def test_both_kinds_of_rows_come_in_their_order(database: Database, store: Store) -> None:
    items = [make_notification(action_type="ab"[number % 2]) for number in range(9)]
    await ingest_as_before(database, *items[:3])
    await ingest(store, *items[3:5])
    await ingest_as_before(database, *items[5:])

    assert told(await entries(store)) == items
    assert told(await entries(store, matching=Filter(tag="a"))) == items[::2]
    assert told(await entries(store, matching=Filter(frozenset({REGISTERED})))) == items
    assert await entries(store, matching=Filter(frozenset({"order.placed.v1"}))) == []


async def test_what_the_release_before_took_in_is_not_new_again(
    database: Database, store: Store
) -> None:
    old, new = make_notification(), make_notification()
    await ingest_as_before(database, old)

    assert await ingest(store, old, new) == {new.id}


async def test_a_row_whose_notification_is_gone_is_passed_over(
    database: Database, store: Store
) -> None:
    items = [make_notification() for _ in range(8)]
    await ingest_as_before(database, *items)
    await forget(database, [*items[1:6], items[7]])
    left = [items[0], items[6]]

    # As many as the limit, or all: a caller that gets fewer assumes that there are no more.
    for limit in range(1, 9):
        assert told(await entries(store, limit=limit)) == left[:limit]
    assert (await bounds(store)).head > (await entries(store))[-1].position


async def test_reading_older_rows_ends_where_it_is_heavy(database: Database, store: Store) -> None:
    items = [make_notification(action_data={"a": "x" * 1000}) for _ in range(20)]
    await ingest_as_before(database, *items)

    assert told(await entries(store, weight=1)) == items[:1]
    assert told(await entries(store, weight=len(encode(items[0])) + 1)) == items[:2]


async def test_older_rows_are_looked_up_together(database: Database, store: Store) -> None:
    items = [make_notification() for _ in range(60)]
    await ingest_as_before(database, *items[:20])
    await ingest(store, *items[20:25])
    await ingest_as_before(database, *items[25:])
    await forget(database, items[30:32])
    asked: list[int] = []

    async def counted(
        transaction: SqlTransaction, keys: Sequence[Key], weight: int
    ) -> dict[UUID, bytes | None]:
        asked.append(len(keys))
        return await announced(transaction, keys, weight)

    def journal(transaction: SqlTransaction) -> SqlJournal:
        return SqlJournal(transaction, {REGISTERED: counted})

    async with SqlUnitOfWork(database, journal).read() as work:
        found = await work.after(0, limit=60)

    assert told(found) == [*items[:30], *items[32:]]
    assert asked == [55]


@pytest.mark.parametrize(("weight", "count"), ((1, 1), (2000, 2), (2500, 3), (10**6, 6)))
async def test_no_more_older_data_is_looked_up_than_there_is_room_for(
    database: Database, weight: int, count: int
) -> None:
    items = [make_notification(action_data={"a": "x" * 992}) for _ in range(6)]
    gone = make_notification()
    await ingest_as_before(database, *items)
    keys = [(item.id, item.registered_at) for item in (gone, *reversed(items))]

    async with SqlUnitOfWork(database, lambda transaction: transaction).read() as transaction:
        found = await announced(transaction, keys, weight)

    some = [*reversed(items)][:count]
    assert found == {gone.id: None} | {item.id: encode(item) for item in some}


async def test_data_of_an_event_is_never_taken_from_a_notification(
    database: Database, store: Store
) -> None:
    item = make_notification()
    await ingest(store, item)
    async with store.work.begin() as work:
        await work.notifications.add([replace(item, actioner="another")])

    [entry] = await entries(store)

    assert entry.event.data == Raw(encode(item))
