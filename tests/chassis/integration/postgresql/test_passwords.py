"""Passwords and roles that change while the service has connections."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from chassis.application.errors import Unavailable
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.database import dialects
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.secrets import login, source
from tests.servers.databases import Databases

CONNECTIONS = 3


class Rotating:
    """A database whose URL is in a file, two roles for it, and the orders of its operator."""

    def __init__(self, server: Databases, url: str, file: Path) -> None:
        self._server = server
        self._url = make_url(url)
        self._database = str(self._url.database)
        self._file = file
        self.ada, self.bob = (f"{name}_{secrets.token_hex(4)}" for name in ("ada", "bob"))
        for role in (self.ada, self.bob):
            self._server.sql(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'first'")
        self.write(self.ada, "first")

    def write(self, role: str, password: str) -> None:
        url = self._url.set(username=role, password=password)
        self._file.write_text(url.render_as_string(hide_password=False))

    def alter(self, role: str, password: str) -> None:
        self._server.sql(f"ALTER ROLE {role} PASSWORD '{password}'")

    def sessions(self) -> list[str]:
        """Return the role of each session of the service."""
        return [role for role, _ in self._sessions()]

    def end_sessions(self) -> None:
        for _, pid in self._sessions():
            self._server.sql(f"SELECT pg_terminate_backend({pid}, 5000)")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        environment = Environment({"DATABASE_URL_FILE": str(self._file)})
        database = Database(environment.load(CoreSettings).database_url, CONNECTIONS)
        try:
            yield database
        finally:
            await database.close()

    def remove(self) -> None:
        self.end_sessions()
        for role in (self.ada, self.bob):
            self._server.sql(f"DROP ROLE {role}")

    def _sessions(self) -> list[tuple[str, int]]:
        # TimescaleDB has sessions of its own in each database.
        rows = self._server.sql(
            "SELECT usename, pid FROM pg_stat_activity "
            f"WHERE backend_type = 'client backend' AND datname = '{self._database}'"
        )
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def rotating(
    postgresql: Databases, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Rotating]:
    monkeypatch.setattr(source, "POLL_INTERVAL", 0)
    made = Rotating(postgresql, database_url, tmp_path / "url")
    yield made
    made.remove()


async def user(database: Database, seconds: float = 0) -> str:
    async with database.transaction() as connection:
        await connection.execute(text(f"SELECT pg_sleep({seconds})"))
        return str(await connection.scalar(text("SELECT current_user")))


async def users(database: Database) -> list[str]:
    """Use every connection at once."""
    return await asyncio.gather(*(user(database, 0.2) for _ in range(CONNECTIONS)))


async def apart(order: Callable[..., object], *arguments: str) -> None:
    await asyncio.to_thread(order, *arguments)


async def test_connections_go_on_and_the_next_one_has_the_new_password(rotating: Rotating) -> None:
    async with rotating.opened() as database:
        await users(database)

        await apart(rotating.alter, rotating.ada, "second")
        assert await users(database) == [rotating.ada] * CONNECTIONS
        rotating.write(rotating.ada, "second")
        await apart(rotating.end_sessions)

        assert await users(database) == [rotating.ada] * CONNECTIONS


async def test_a_connection_waits_for_the_file_and_fails_no_caller(rotating: Rotating) -> None:
    async with rotating.opened() as database:
        await apart(rotating.alter, rotating.ada, "second")
        asking = asyncio.create_task(user(database))
        # Several attempts are refused meanwhile.
        await asyncio.sleep(4 * login.RETRY)
        assert not asking.done()
        rotating.write(rotating.ada, "second")

        async with asyncio.timeout(30):
            assert await asking == rotating.ada


async def test_the_file_may_also_change_first(rotating: Rotating) -> None:
    async with rotating.opened() as database:
        rotating.write(rotating.ada, "second")
        assert await users(database) == [rotating.ada] * CONNECTIONS

        await apart(rotating.alter, rotating.ada, "second")
        await apart(rotating.end_sessions)

        assert await users(database) == [rotating.ada] * CONNECTIONS


async def test_with_a_second_role_the_sessions_of_the_first_end_by_themselves(
    rotating: Rotating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "TRIAL", 0)
    async with rotating.opened() as database:
        await users(database)

        rotating.write(rotating.bob, "first")
        assert rotating.bob in await users(database)
        assert await users(database) == [rotating.bob] * CONNECTIONS

        assert await asyncio.to_thread(rotating.sessions) == [rotating.bob] * CONNECTIONS


async def test_a_mistake_in_the_file_costs_no_connection(rotating: Rotating) -> None:
    async with rotating.opened() as database:
        await users(database)

        rotating.write(rotating.ada, "wrong")

        assert await users(database) == [rotating.ada] * CONNECTIONS


async def test_the_patience_ends(rotating: Rotating, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "LOGIN_TIMEOUT", 0.5)
    async with rotating.opened() as database:
        await apart(rotating.alter, rotating.ada, "second")

        with pytest.raises(Unavailable, match="refuses the login") as refused:
            await user(database)
        assert "first" not in str(refused.value)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await asyncio.gather(*(user(database) for _ in range(CONNECTIONS)))
        assert time.monotonic() - began < 30
        rotating.write(rotating.ada, "second")
        assert await user(database) == rotating.ada


async def test_the_session_of_locks_is_opened_with_the_new_password(rotating: Rotating) -> None:
    async with rotating.opened() as database:
        locks = database.locks()
        assert await locks.acquire("invoices") is not None
        await apart(rotating.alter, rotating.ada, "second")
        rotating.write(rotating.ada, "second")
        await apart(rotating.end_sessions)

        async with asyncio.timeout(30):
            while await locks.acquire("invoices") is None:
                await asyncio.sleep(0.1)
        await locks.close()


async def test_a_command_runs_again_if_a_login_is_refused(
    rotating: Rotating, tmp_path: Path
) -> None:
    environment = Environment({"DATABASE_URL_COMMAND": f"cat {tmp_path / 'url'}"})
    database = Database(environment.load(CoreSettings).database_url)
    rotating.write(rotating.ada, "second")
    await apart(rotating.alter, rotating.ada, "second")

    assert await user(database) == rotating.ada
    await database.close()
