"""The service's errors for PostgreSQL's, and the URLs that reach it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from chassis.application.errors import ConstraintViolated, Unavailable
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from tests.chassis.contract.database.test_outbox import add
from tests.chassis.contract.database.test_postgresql import run
from tests.contract.database.stores import opened, sql_store
from tests.servers.databases import Databases


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


@pytest.fixture
def stranger(postgresql: Databases, database_url: str, unique_name: str) -> Iterator[str]:
    """The URL of the database for a user who has no privileges there."""
    postgresql.sql(f"CREATE USER {unique_name} PASSWORD 'se:cret'")
    url = make_url(database_url).set(username=unique_name, password="se:cret")
    yield url.render_as_string(hide_password=False)
    postgresql.sql(f"DROP USER {unique_name}")


async def test_a_wrong_password(database_url: str) -> None:
    url = make_url(database_url).set(password="wrong-secret")
    await refused(url.render_as_string(hide_password=False), "refuses the login")


async def test_a_database_that_is_not_there(postgresql: Databases) -> None:
    await refused(postgresql.url("nowhere"), "database nowhere at .* does not exist: create it")


async def test_a_server_that_is_not_there() -> None:
    await refused(
        "postgresql+asyncpg://app:secret@127.0.0.1:1/app", "app at 127.0.0.1:1 refuses connections"
    )
    await refused("postgresql+asyncpg://app:secret@host.invalid/app", "host.invalid:5432 is not")


async def test_a_url_that_the_driver_refuses(database_url: str) -> None:
    await refused(f"{database_url}?sslmode=perhaps", "sslmode")


async def refused(url: str, reason: str) -> None:
    """Check that every use raises `Unavailable` for that reason, in a line without secrets."""
    password = make_url(url).password or ""
    async with opened(url) as database:
        for attempt in (database.check(), migrate(url)):
            with pytest.raises(Unavailable, match=reason) as raised:
                await attempt
            assert password not in str(raised.value)
            assert "\n" not in str(raised.value)


async def test_a_user_without_privileges(stranger: str) -> None:
    refusal = r"refuses this user \(permission denied .*\): grant"
    async with opened(stranger) as database:
        with pytest.raises(Unavailable, match=refusal) as raised:
            await sql_store(database).outbox_reader.depth(at_most=1000)
    assert "cret" not in str(raised.value)
    with pytest.raises(Unavailable, match=refusal):
        await migrate(stranger)


async def test_a_database_that_was_never_migrated(empty_database_url: str) -> None:
    async with opened(empty_database_url) as database:
        with pytest.raises(Unavailable, match="behind the code: run migrate"):
            await sql_store(database).outbox_reader.depth(at_most=1000)


async def test_a_database_that_is_read_only(database: Database, database_url: str) -> None:
    name = make_url(database_url).database
    await run_alone(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await database.close()
    with pytest.raises(Unavailable, match="is read-only: set DATABASE_URL to the primary"):
        await database.check()
    with pytest.raises(Unavailable, match="is read-only: set DATABASE_URL to the primary"):
        await add(sql_store(database), 1)


async def run_alone(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text(statement))


async def test_a_server_without_a_connection_left(stranger: str, postgresql: Databases) -> None:
    postgresql.sql(f"ALTER USER {make_url(stranger).username} CONNECTION LIMIT 1")
    async with opened(stranger) as first, opened(stranger) as second:
        await first.check()
        with pytest.raises(Unavailable, match="no connection left: lower DATABASE_CONNECTIONS"):
            await second.check()
        await first.check()


async def test_mistakes_are_no_outage(database: Database) -> None:
    with pytest.raises(ConstraintViolated, match=r"NotNullViolationError of \w+$"):
        await run(database, "INSERT INTO dead_letters (reason) VALUES (NULL) RETURNING 1")
    with pytest.raises(ProgrammingError):
        await run(database, "SELEKT 1")
    with pytest.raises(DBAPIError, match="division by zero"):
        await run(database, "SELECT 1 / 0")


async def test_a_snapshot_refuses_to_write(database: Database) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        async with database.snapshot() as connection:
            await connection.execute(text("DELETE FROM outbox"))
    # And the same connection, used again, may write.
    await add(sql_store(database), 1)


@pytest.mark.parametrize(
    ("url", "reason"),
    (
        ("postgres://app:secret@host/app", "write postgresql"),
        ("postgresql://app:secret@host/app", "write postgresql"),
        ("postgresql+psycopg://app:secret@host/app", "write postgresql"),
        ("postgresql+asyncpg://app:secret@host", "names no database"),
        ("postgresql+asyncpg://app:secret@host/", "names no database"),
        ("postgresql+asyncpg://app:se/cret@host:54x32/app", "cannot be read"),
        ("postgresql+asyncpg://app:secret@host/app?ssl=require", "sslmode="),
    ),
)
def test_urls_that_reach_no_database(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as raised:
        Database(url)
    assert "cret" not in str(raised.value)


async def test_a_password_may_contain_anything(
    postgresql: Databases, database_url: str, unique_name: str
) -> None:
    password = "p@ss:w/o?r#d%20 ü"
    postgresql.sql(f"CREATE USER {unique_name} PASSWORD '{password}'")
    try:
        url = make_url(database_url).set(username=unique_name, password=password)
        async with opened(url.render_as_string(hide_password=False)) as database:
            assert await run(database, "SELECT current_user") == [(unique_name,)]
    finally:
        postgresql.sql(f"DROP USER {unique_name}")


async def test_the_service_is_known_by_its_name(database: Database) -> None:
    assert await run(database, "SHOW application_name") == [("app",)]


async def test_close_ends_every_connection_and_the_next_use_opens_new_ones(
    database: Database, database_url: str, postgresql: Databases
) -> None:
    name = make_url(database_url).database
    for _ in range(2):
        await asyncio.gather(*(run(database, "SELECT pg_sleep(0.01)") for _ in range(5)))
        await database.close()
        async with asyncio.timeout(5):
            while postgresql.sql(
                f"SELECT 1 FROM pg_stat_activity WHERE datname = '{name}' "
                "AND application_name = 'app'"
            ):
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("code", ("58030", "53400", "XX001"))
async def test_a_server_that_fails_by_its_own_fault_is_an_outage(
    database: Database, code: str
) -> None:
    with pytest.raises(Unavailable, match=f"fails .SQLSTATE {code}"):
        await run(database, f"DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$")
