"""Warnings to an operator about a server that answers, and loses data."""

from tests.contract.database.stores import opened
from tests.servers.databases import Databases
from tests.servers.postgresql import PostgresqlServer

CAREFUL = "fsync = on\nfull_page_writes = on\nsynchronous_commit = on"


async def test_settings_that_lose_what_was_accepted() -> None:
    with PostgresqlServer.private(CAREFUL) as server:
        databases = Databases(server.url)
        async with opened(databases.create("app")) as database:
            assert await database.advice() is None
            databases.sql("ALTER DATABASE app SET synchronous_commit = off")
            databases.sql("ALTER SYSTEM SET fsync = off")
            databases.sql("SELECT pg_reload_conf()")
            await database.close()
            advice = await database.advice()
    assert advice is not None
    assert "has fsync and synchronous_commit off" in advice
