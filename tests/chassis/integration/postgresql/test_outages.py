"""A PostgreSQL that restarts, dies or stands still, and the service's database over it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from chassis.application.errors import Unavailable
from chassis.infrastructure.database import postgresql_engine
from chassis.infrastructure.database.database import Database
from tests.servers.databases import Databases
from tests.servers.postgresql import PostgresqlServer

CONNECTIONS = 4


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for a frozen server; a busy one may still take a second to accept a connection."""
    monkeypatch.setattr(postgresql_engine, "COMMAND_TIMEOUT", 1.0)
    monkeypatch.setattr(postgresql_engine, "CONNECT_TIMEOUT", 2.0)


@pytest.fixture
async def database(own_postgresql: PostgresqlServer) -> AsyncIterator[Database]:
    Databases(own_postgresql.url).create("app")
    database = Database(own_postgresql.url + "app", CONNECTIONS)
    await everyone_in_the_end(database)
    yield database
    await database.close()


async def ask(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("SELECT pg_sleep(0.01)"))


async def everyone(database: Database) -> None:
    """Use every connection, several times."""
    await asyncio.gather(*(ask(database) for _ in range(3 * CONNECTIONS)))


async def everyone_in_the_end(database: Database) -> None:
    """Do the same, where a busy machine may take longer than a second to connect."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await everyone(database)
            except Unavailable:
                continue


async def unavailable_within(seconds: float, database: Database) -> str:
    """Return the reason; fails where it takes longer."""
    async with asyncio.timeout(seconds):
        with pytest.raises(Unavailable) as raised:
            await ask(database)
    return str(raised.value)


async def test_after_a_restart_no_caller_meets_an_old_connection(
    own_postgresql: PostgresqlServer, database: Database
) -> None:
    for end in (own_postgresql.stop, own_postgresql.kill):
        await asyncio.to_thread(end)
        assert "refuses connections: is it running there?" in await unavailable_within(3, database)
        own_postgresql.start()
        await everyone(database)


async def test_a_server_that_dies_in_the_middle(
    own_postgresql: PostgresqlServer, database: Database
) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(Unavailable, match=r"was lost|shutting down|crashed"):
            async with database.transaction() as connection:
                await connection.execute(text("SELECT 1"))
                await asyncio.to_thread(own_postgresql.kill)
                await connection.execute(text("SELECT 1"))
    own_postgresql.start()
    await everyone(database)


@pytest.mark.usefixtures("soon_given_up")
async def test_a_frozen_server_is_given_up_and_taken_back(
    own_postgresql: PostgresqlServer, database: Database
) -> None:
    own_postgresql.freeze()
    async with asyncio.timeout(15):
        outcomes = await asyncio.gather(
            *(ask(database) for _ in range(3 * CONNECTIONS)), return_exceptions=True
        )
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    assert "does not answer in time" in str(outcomes[0])
    own_postgresql.thaw()
    async with asyncio.timeout(10):
        await everyone(database)


@pytest.mark.usefixtures("soon_given_up")
async def test_a_server_that_freezes_under_an_open_transaction(
    own_postgresql: PostgresqlServer, database: Database
) -> None:
    for failure in (None, RuntimeError("of the caller's own")):
        began = time.monotonic()
        with pytest.raises((Unavailable, RuntimeError)):
            async with database.transaction() as connection:
                await connection.execute(text("SELECT 1"))
                own_postgresql.freeze()
                if failure:
                    raise failure
        assert time.monotonic() - began < 6
        own_postgresql.thaw()
        await everyone(database)


@pytest.mark.usefixtures("soon_given_up")
async def test_callers_who_are_cancelled_while_it_is_frozen(
    own_postgresql: PostgresqlServer, database: Database
) -> None:
    own_postgresql.freeze()
    callers = [asyncio.create_task(ask(database)) for _ in range(3 * CONNECTIONS)]
    await asyncio.sleep(0.3)
    for caller in callers:
        caller.cancel()
    async with asyncio.timeout(6):
        await asyncio.gather(*callers, return_exceptions=True)
    own_postgresql.thaw()
    async with asyncio.timeout(10):
        await everyone(database)


@pytest.mark.usefixtures("soon_given_up")
async def test_closing_over_a_frozen_server_ends(
    own_postgresql: PostgresqlServer, database: Database
) -> None:
    own_postgresql.freeze()
    async with asyncio.timeout(10):
        await database.close()
    own_postgresql.thaw()
    await everyone(database)


async def test_a_server_that_does_not_hear_of_a_cancelled_caller_ends_the_statement_by_itself(
    own_postgresql: PostgresqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_engine, "STATEMENT_TIMEOUT", 4.0)
    running = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(6_)' AND state <> 'idle'"
    Databases(own_postgresql.url).create("app")
    database = Database(own_postgresql.url + "app", CONNECTIONS)

    async def hang() -> None:
        async with database.transaction() as connection:
            await connection.execute(text("SELECT pg_sleep(60)"))

    hanging = asyncio.create_task(hang())
    async with asyncio.timeout(10):
        while not own_postgresql.databases.sql(running):
            await asyncio.sleep(0.01)
        own_postgresql.freeze()
        hanging.cancel()
        await asyncio.wait([hanging])
        own_postgresql.thaw()
        while own_postgresql.databases.sql(running):
            await asyncio.sleep(0.1)
    await database.close()
