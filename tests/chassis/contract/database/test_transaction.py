"""A transaction as repositories use it: what it keeps back, and when it is sent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.exc import OperationalError

from chassis.application.errors import ConstraintViolated, Unavailable
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.table import dead_letters
from chassis.infrastructure.database.outbox.table import outbox
from chassis.infrastructure.database.transaction import SqlTransaction, begin, read
from tests.contract.database.stores import opened

LETTER = BulkInsert(dead_letters, ("body", "reason", "dead_lettered_at"))
EVENT = BulkInsert(outbox, ("id", "routing_key", "body", "attempts", "due_at"))
NUMBERED = BulkInsert(dead_letters, ("body", "reason", "dead_lettered_at"), returning=("id",))


def letter(reason: str | None = "any") -> tuple[Any, ...]:
    return b"body", reason, datetime.now(UTC)


def event(routing_key: str | None = "key") -> tuple[Any, ...]:
    return uuid4(), routing_key, b"body", 0, datetime.now(UTC)


async def count(transaction: SqlTransaction, table: Table) -> int:
    return (await transaction.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_time_is_the_servers_or_none(database: Database) -> None:
    before = datetime.now(UTC)
    time = await database.time()

    if database.url.startswith("sqlite"):
        assert time is None
    else:
        assert time is not None
        assert before - timedelta(seconds=1) < time < datetime.now(UTC) + timedelta(seconds=1)


async def counts(database: Database) -> tuple[int, int]:
    async with read(database) as transaction:
        return await count(transaction, dead_letters), await count(transaction, outbox)


async def test_inserts_into_several_tables_are_stored_together(database: Database) -> None:
    async with begin(database) as transaction:
        await transaction.insert(LETTER, [letter(), letter()])
        await transaction.insert(EVENT, [event()])
        await transaction.insert(LETTER, [letter()])
        assert await counts(database) == (0, 0)
    assert await counts(database) == (3, 1)


async def test_rows_of_one_table_keep_their_order(database: Database) -> None:
    async with begin(database) as transaction:
        for number in range(4):
            await transaction.insert(LETTER, [letter(f"{number}"), letter(f"{number}.5")])
    async with read(database) as transaction:
        query = select(dead_letters.c.reason).order_by(dead_letters.c.id)
        reasons = (await transaction.execute(query)).scalars().all()
    assert reasons == ["0", "0.5", "1", "1.5", "2", "2.5", "3", "3.5"]


async def test_a_statement_sees_what_was_inserted_before_it(database: Database) -> None:
    async with begin(database) as transaction:
        await transaction.insert(LETTER, [letter()])
        assert await count(transaction, dead_letters) == 1
        await transaction.insert(LETTER, [letter()])
        numbers: list[Any] = []
        await transaction.insert(NUMBERED, [letter()], then=numbers.extend)
        assert await count(transaction, dead_letters) == 3
        await transaction.insert(LETTER, [letter()])
    assert await counts(database) == (4, 0)
    async with read(database) as transaction:
        found = await transaction.execute(select(dead_letters.c.id).order_by(dead_letters.c.id))
        assert found.scalars().all()[2] == numbers[0][0]


@pytest.mark.parametrize("has_read", (False, True))
async def test_one_row_that_is_refused_takes_all_back(database: Database, has_read: bool) -> None:
    async def store() -> None:
        async with begin(database) as transaction:
            await transaction.insert(LETTER, [letter()])
            if has_read:
                await count(transaction, outbox)
            await transaction.insert(EVENT, [event(), event(routing_key=None)])

    with pytest.raises(ConstraintViolated):
        await store()
    assert await counts(database) == (0, 0)


async def test_an_error_in_the_block_sends_nothing(database: Database) -> None:
    async def fail() -> None:
        async with begin(database) as transaction:
            await transaction.insert(LETTER, [letter()])
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail()
    assert await counts(database) == (0, 0)


async def test_who_waits_for_the_commit_hears_of_it_after_it(database: Database) -> None:
    heard: list[str] = []

    async def store(reason: str | None, has_read: bool) -> None:
        async with begin(database) as transaction:
            transaction.after_commit(lambda: heard.append(f"{reason} {has_read}"))
            if has_read:
                await count(transaction, outbox)
            await transaction.insert(LETTER, [letter(reason)])
            assert f"{reason} {has_read}" not in heard

    for has_read in (False, True):
        await store("good", has_read)
        with pytest.raises(ConstraintViolated):
            await store(None, has_read)
    assert heard == ["good False", "good True"]


async def test_one_that_asks_for_nothing_is_never_begun() -> None:
    async with opened("postgresql+asyncpg://app:secret@127.0.0.1:1/app") as database:
        async with begin(database):
            pass
        with pytest.raises(Unavailable, match="refuses connections"):
            async with begin(database) as transaction:
                await transaction.insert(LETTER, [letter()])


async def test_a_snapshot_refuses_an_insert(database: Database) -> None:
    with pytest.raises((Unavailable, OperationalError), match=r"read-?only"):
        async with read(database) as transaction:
            await transaction.insert(LETTER, [letter()])
    assert await counts(database) == (0, 0)
