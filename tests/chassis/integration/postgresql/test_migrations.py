"""The migrations of this project on a PostgreSQL, with TimescaleDB and without."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, make_url

from chassis.application.errors import Unavailable
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate, migration_sql
from chassis.infrastructure.database.migration.revisions import read_revisions
from chassis.infrastructure.database.tables import all_tables
from tests.contract.database.stores import opened, sql_store, store_whole
from tests.servers.databases import Databases
from tests.servers.postgresql import PostgresqlServer
from tests.unit.support import make_notification

ROOT = Path(__file__).parents[4]
TABLES = (
    "SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
)
COLUMNS = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
)
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
HYPERTABLES = (
    "SELECT hypertable_name, column_name, time_interval::text "
    "FROM timescaledb_information.dimensions"
)


@pytest.fixture
def name(empty_database_url: str) -> str:
    return str(make_url(empty_database_url).database)


@pytest.fixture
def plain_url(postgresql: Databases, empty_database_url: str, name: str) -> str:
    """An empty database, to which the server seems to have no TimescaleDB."""
    postgresql.sql(
        "CREATE VIEW public.pg_available_extensions AS "
        "SELECT * FROM pg_catalog.pg_available_extensions WHERE name <> 'timescaledb'",
        name,
    )
    postgresql.sql(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
    return empty_database_url


@pytest.fixture(params=("timescaledb", "plain"))
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of either kind."""
    fixture = {"timescaledb": "empty_database_url", "plain": "plain_url"}[request.param]
    found: str = request.getfixturevalue(fixture)
    return found


async def state(url: str) -> str:
    async with opened(url) as database:
        return (await read_revisions(database)).state


def names(rows: list[tuple[str, ...]]) -> set[str]:
    return {row[0] for row in rows}


async def test_up_down_and_up_again(postgresql: Databases, url: str, name: str) -> None:
    for _ in range(2):
        assert await state(url) == "empty"
        await migrate(url)
        assert names(postgresql.sql(TABLES, name)) == set(all_tables().tables) | {"alembic_version"}
        assert await state(url) == "current"
        await migrate(url, "base")
        assert names(postgresql.sql(TABLES, name)) == {"alembic_version"}


async def test_notifications_are_partitioned_by_day(
    postgresql: Databases, empty_database_url: str, name: str
) -> None:
    await migrate(empty_database_url)
    assert postgresql.sql(HYPERTABLES, name) == [("notifications", "registered_at", "1 day")]


async def test_without_timescaledb_they_are_a_plain_table_and_stay_one(
    postgresql: Databases, plain_url: str, name: str
) -> None:
    await migrate(plain_url)
    assert postgresql.sql("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'", name) == []
    await store_one(plain_url)
    # Later the server gets it.
    postgresql.sql("DROP VIEW public.pg_available_extensions", name)
    postgresql.sql("CREATE EXTENSION timescaledb", name)
    await migrate(plain_url)
    assert postgresql.sql(HYPERTABLES, name) == []
    assert await state(plain_url) == "current"
    await store_one(plain_url)


async def store_one(url: str) -> None:
    async with opened(url) as database:
        await store_whole(sql_store(database), make_notification())


async def test_the_tables_in_the_code_need_no_further_migration(
    postgresql: Databases, url: str, name: str
) -> None:
    await migrate(url)
    await store_one(url)
    await asyncio.to_thread(command.check, config(url))
    # A migration does not remove an operator's additions; a column that the code lacks is removed.
    postgresql.sql("CREATE INDEX by_hand ON notifications (action_type)", name)
    await asyncio.to_thread(command.check, config(url))
    postgresql.sql("DROP INDEX ix_journal_receiver_position", name)
    with pytest.raises(CommandError, match="ix_journal_receiver_position"):
        await asyncio.to_thread(command.check, config(url))


def config(url: str) -> Config:
    found = Config(ROOT / "alembic.ini")
    found.attributes["url"] = url
    return found


async def test_the_sql_makes_the_same_tables(postgresql: Databases, url: str, name: str) -> None:
    await migrate(url)
    made = [postgresql.sql(query, name) for query in (COLUMNS, INDEXES)]
    await migrate(url, "base")
    postgresql.sql("DROP TABLE alembic_version", name)
    await run_script(url, await migration_sql(url))
    assert [postgresql.sql(query, name) for query in (COLUMNS, INDEXES)] == made
    assert await state(url) == "current"
    await store_one(url)


async def run_script(url: str, script: str) -> None:
    async with opened(url) as database, database.transaction() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute(script)


async def test_texts_are_ordered_by_code_points(postgresql: Databases, database_url: str) -> None:
    database = str(make_url(database_url).database)
    loose = postgresql.sql(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'character varying' "
        "AND collation_name IS DISTINCT FROM 'C'",
        database,
    )
    assert {table for table, _ in loose} <= {"alembic_version", "dead_letters"}


async def test_processes_that_migrate_at_once_do_not_break_each_other(
    postgresql: Databases, url: str, name: str
) -> None:
    code = (
        "import asyncio, sys; from chassis.service_package import use_service;"
        "from chassis.infrastructure.database.migration.migrate import migrate;"
        "use_service('app');"
        "sys.stdin.read(); asyncio.run(migrate(sys.argv[1]))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code, url),
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
            stdin=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(postgresql.sql("SELECT epoch FROM journal_epoch", name)) == 1


async def test_migrating_takes_as_long_as_it_takes(empty_database_url: str) -> None:
    limits: dict[str, str] = {}

    def read(connection: Connection) -> None:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
            limits[name] = connection.exec_driver_sql(f"SHOW {name}").scalar_one()

    await asyncio.to_thread(Database(empty_database_url).dialect.migrate, read)
    assert list(limits.values()) == ["0", "0", "1min"]


@pytest.fixture
def guest(postgresql: Databases, name: str, unique_name: str) -> Iterator[str]:
    """A user who may make tables, and no extensions."""
    postgresql.sql(f"CREATE USER {unique_name} PASSWORD 'secret'")
    postgresql.sql(f"GRANT ALL ON SCHEMA public TO {unique_name}", name)
    yield unique_name
    postgresql.sql(f"DROP OWNED BY {unique_name}", name)
    postgresql.sql(f"DROP USER {unique_name}")


async def test_a_user_who_may_make_no_extension(
    postgresql: Databases, empty_database_url: str, name: str, guest: str
) -> None:
    url = make_url(empty_database_url).set(username=guest, password="secret")
    login = url.render_as_string(hide_password=False)
    with pytest.raises(Unavailable, match="permission denied to create extension"):
        await migrate(login)
    assert names(postgresql.sql(TABLES, name)) == set()
    # The server's owner makes it, once.
    postgresql.sql("CREATE EXTENSION timescaledb", name)
    await migrate(login)
    assert postgresql.sql(HYPERTABLES, name) == [("notifications", "registered_at", "1 day")]
    await store_one(login)


async def test_an_extension_that_the_server_has_not_loaded() -> None:
    with PostgresqlServer.private("shared_preload_libraries = ''") as server:
        url = Databases(server.url).create("app")
        with pytest.raises(Unavailable, match=r"not loaded it: add .* shared_preload_libraries"):
            await migrate(url)
        assert await state(url) == "empty"
