"""One transaction for each message, handed over as the repositories that share it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from app.infrastructure.database.database import Database
from app.infrastructure.database.dialect import Dialect


class SqlUnitOfWork[Work]:
    """The `UnitOfWork` of one aggregate; `work` bundles its repositories on one connection."""

    def __init__(
        self, database: Database, work: Callable[[AsyncConnection, Dialect], Work]
    ) -> None:
        self._database = database
        self._work = work

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """Open a transaction that commits at the end of the block, or rolls back on an error."""
        async with self._database.transaction() as connection:
            yield self._work(connection, self._database.dialect)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """Open a snapshot to read from."""
        async with self._database.snapshot() as connection:
            yield self._work(connection, self._database.dialect)
