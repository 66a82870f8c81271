"""The databases of one PostgreSQL server."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import create_async_engine


class Databases:
    """Orders of a test to a server as its owner; every method waits, also inside an event loop."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._url = make_url(url)
        self._timeout = timeout

    def url(self, database: str) -> str:
        """Return the URL of one database."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside any transaction and return its rows.

        Raises SQLAlchemy's `DBAPIError`, or `OSError` where the server does not answer in time.
        """
        running = _run(self.url(database), statement)
        return apart(asyncio.wait_for(running, self._timeout))

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, a copy of `template`, and return its URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def close(self, name: str) -> None:
        """Refuse new connections and end the present ones, as a template requires."""
        self.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        self.sql(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    def drop(self, name: str) -> None:
        """Remove a database, even if it is in use."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def apart[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` in a loop and a thread of its own, and return its result."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _run(url: str, statement: str) -> list[tuple[Any, ...]]:
    engine = create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await engine.dispose()
