"""Migrations of a PostgreSQL database from which replicas serve meanwhile."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.database.migration.revisions import read_revisions
from tests.chassis.released import make_released
from tests.contract.database.stores import opened
from tests.servers.databases import Databases

ROOT = Path(__file__).parents[4]
# The revision of the last release, which may run together with this one.
RELEASED = "service_0003_dead_letters"
TABLES = ("idempotency_keys", "journal", "notifications")

_LOCK = (
    "SELECT {what} FROM pg_locks WHERE NOT granted AND locktype = '{kind}' AND {database} "
    "pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)
WAITS_FOR_TABLE = _LOCK.format(
    what="relation::regclass::text",
    kind="relation",
    database="database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND",
)
WAITS_FOR_TRANSACTION = _LOCK.format(what="'another'", kind="virtualxid", database="")

# As a replica of the last release takes a key.
TAKE = (
    "INSERT INTO idempotency_keys (caller, key, request_hash, ids, created_at) "
    "VALUES ('', '{}', '', '[]', now()) ON CONFLICT DO NOTHING RETURNING key"
)
KEYS = "SELECT caller, key, operation FROM idempotency_keys ORDER BY key"
END_INDEXING = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND query LIKE 'CREATE UNIQUE INDEX CONCURRENTLY%'"
)
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'app'"
)
PRIMARY_KEY = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE '%idempotency_keys' ORDER BY 1"


type Indexing = Callable[[], AbstractAsyncContextManager[AsyncExitStack]]


@pytest.fixture
def name(empty_database_url: str) -> str:
    return str(make_url(empty_database_url).database)


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[AsyncConnection]:
    """Open a transaction without limits, in which every statement sees what the first one saw."""
    engine = create_async_engine(url, isolation_level="REPEATABLE READ", poolclass=NullPool)
    async with engine.begin() as connection:
        yield connection


@asynccontextmanager
async def migrating(url: str, to: str, waits: str, expected: str) -> AsyncIterator[None]:
    """Migrate, and open the block once that waits; it goes on after the block."""
    async with opened(url) as database, asyncio.timeout(60), asyncio.TaskGroup() as group:
        task = group.create_task(migrate(url, to))
        while True:
            async with database.single() as connection:
                if (await connection.exec_driver_sql(waits)).scalar() == expected:
                    break
            assert not task.done()
            await asyncio.sleep(0.05)
        yield


@pytest.mark.parametrize(("held", "wanted"), tuple(permutations(TABLES, 2)))
@pytest.mark.parametrize("to", ("heads", RELEASED))
async def test_a_migration_that_waits_for_a_table_holds_no_other(
    empty_database_url: str, held: str, wanted: str, to: str
) -> None:
    url = empty_database_url
    await make_released(url, RELEASED)
    if to == RELEASED:
        await migrate(url)

    async with AsyncExitStack() as stack:
        # In the order that suits it.
        service = await stack.enter_async_context(transaction(url))
        await service.exec_driver_sql(f"SELECT 1 FROM {held}")
        async with migrating(url, to, WAITS_FOR_TABLE, held):
            await service.exec_driver_sql(f"SELECT 1 FROM {wanted}")
            await stack.aclose()


@pytest.fixture
async def indexing(empty_database_url: str, name: str, postgresql: Databases) -> Indexing:
    """Return what brings a database of the last release to where it makes the index of a key.

    An index that is made without a blocking lock waits for such a transaction.
    """
    await make_released(empty_database_url, RELEASED)
    postgresql.sql(TAKE.format("earlier"), name)

    @asynccontextmanager
    async def index() -> AsyncIterator[AsyncExitStack]:
        async with AsyncExitStack() as stack:
            snapshot = await stack.enter_async_context(transaction(empty_database_url))
            await snapshot.exec_driver_sql("SELECT 1 FROM outbox")
            async with migrating(empty_database_url, "heads", WAITS_FOR_TRANSACTION, "another"):
                yield stack
                await stack.aclose()

    return index


async def state(url: str) -> str:
    async with opened(url) as database:
        return (await read_revisions(database)).state


async def test_keys_can_be_taken_while_their_index_is_made(
    indexing: Indexing, empty_database_url: str, name: str, postgresql: Databases
) -> None:
    async with indexing():
        assert postgresql.sql(TAKE.format("meanwhile"), name) == [("meanwhile",)]
        assert postgresql.sql(TAKE.format("earlier"), name) == []

    assert await state(empty_database_url) == "current"
    first = "notifications.register"
    assert postgresql.sql(KEYS, name) == [("", "earlier", first), ("", "meanwhile", first)]
    index = "UNIQUE INDEX pk_idempotency_keys ON public.idempotency_keys USING btree"
    assert postgresql.sql(PRIMARY_KEY, name) == [(f"CREATE {index} (caller, key, operation)",)]


async def test_a_run_that_was_broken_off_is_taken_up(
    indexing: Indexing, empty_database_url: str, name: str, postgresql: Databases
) -> None:
    with pytest.raises(ExceptionGroup):
        async with indexing():
            postgresql.sql(END_INDEXING, name)
    assert await state(empty_database_url) == "behind"

    await migrate(empty_database_url)

    assert await state(empty_database_url) == "current"
    assert [row[1] for row in postgresql.sql(KEYS, name)] == ["earlier"]


async def test_a_second_run_waits_and_holds_up_nothing(
    empty_database_url: str, name: str, postgresql: Databases
) -> None:
    url = empty_database_url
    await make_released(url, RELEASED)
    postgresql.sql(TAKE.format("earlier"), name)
    # Alembic has names that all of a process share.
    code = (
        "import asyncio, sys; from chassis.service_package import use_service;"
        "from chassis.infrastructure.database.migration.migrate import migrate;"
        "use_service('app');"
        "asyncio.run(migrate(sys.argv[1]))"
    )

    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(transaction(url))
        await service.exec_driver_sql("SELECT 1 FROM notifications")
        async with migrating(url, "heads", WAITS_FOR_TABLE, "notifications"):
            before = postgresql.sql(SESSIONS, name)
            second = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", code, url),
                env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            )
            while postgresql.sql(SESSIONS, name) <= before:
                await asyncio.sleep(0.05)
            assert second.returncode is None
            # The first one makes an index after that.
            await stack.aclose()

    assert await second.wait() == 0
    assert await state(url) == "current"
