"""One transaction for each message, as the repositories that share it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.transaction import SqlTransaction, begin, read


class SqlUnitOfWork[Work]:
    """The `UnitOfWork` of one aggregate; `work` bundles the repositories that share one."""

    def __init__(self, database: Database, work: Callable[[SqlTransaction], Work]) -> None:
        self._database = database
        self._work = work

    @asynccontextmanager
    async def begin(self, fence: Grant | None = None) -> AsyncIterator[Work]:
        """Open a transaction that commits at the end of the block, or rolls back on an error."""
        async with begin(self._database) as transaction:
            if fence is not None:
                await transaction.fence(fence)
            yield self._work(transaction)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """Open a snapshot to read from."""
        async with read(self._database) as transaction:
            yield self._work(transaction)
