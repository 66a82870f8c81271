"""One transaction, as the repositories that share it see it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, overload

from sqlalchemy import CursorResult, Executable, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TypedReturnsRows

from chassis.application.errors import StaleGrant
from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.bulk import BulkInsert, Inserts, Rows
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.fencing.table import fencing_tokens


class SqlTransaction:
    """Keeps the inserts, and sends them together: before the next statement, or at the end.

    A transaction of inserts alone therefore takes one round trip. BEGIN, COMMIT and a statement for
    each table would take one each.
    """

    def __init__(
        self, database: Database, connect: Callable[[], Awaitable[AsyncConnection]]
    ) -> None:
        self.dialect = database.dialect
        self._database = database
        self._connect = connect
        self._connection: AsyncConnection | None = None
        self._queued: Inserts = {}
        self._then: dict[BulkInsert, Callable[[Rows], object]] = {}
        self._listeners: list[Callable[[], None]] = []

    @overload
    async def execute[*Columns](
        self, statement: TypedReturnsRows[*Columns]
    ) -> CursorResult[*Columns]: ...

    @overload
    async def execute(self, statement: Executable) -> CursorResult[*tuple[Any, ...]]: ...

    async def execute(self, statement: Executable) -> CursorResult[*tuple[Any, ...]]:
        """Execute a statement, which sees the earlier inserts."""
        return await (await self.connection()).execute(statement)

    async def insert(
        self, insert: BulkInsert, rows: Rows, then: Callable[[Rows], object] | None = None
    ) -> None:
        """Insert the rows, in their order, by the end of the transaction.

        `then` is called with the rows that `insert` returns, in any order, once they are sent. If
        the database refuses a row, the next statement fails, or else the end.
        """
        if not rows:
            return
        for queued in self._queued:
            # One statement promises no order among inserts into one table, and mixes what they
            # return.
            if queued.table is insert.table and (queued != insert or queued.returning):
                await self.connection()
                break
        if then is not None:
            self._then[insert] = then
        self._queued.setdefault(insert, []).extend(rows)

    async def connection(self) -> AsyncConnection:
        """Return the connection, for other uses; the earlier inserts have been sent."""
        if self._connection is None:
            self._connection = await self._connect()
        if self._queued:
            await self._send(self._connection)
        return self._connection

    async def fence(self, grant: Grant) -> None:
        """Let this transaction commit only if the grant is the newest of its lock.

        A newer one waits for the end of this transaction. Raises `StaleGrant`.
        """
        columns = fencing_tokens.c
        query = select(columns.token).where(columns.name == grant.name).with_for_update(read=True)
        newest = (await self.execute(query)).scalar_one_or_none()
        if newest != grant.token:
            now = f"the newest one is {newest}" if newest is not None else "the lock was released"
            raise StaleGrant(f"the grant {grant.token} of the lock {grant.name} is old: {now}")

    async def complete(self) -> None:
        """Send the delayed inserts, as the last statement of this transaction or as all of it."""
        if self._connection is not None:
            await self.connection()
        elif self._queued:
            async with self._database.single() as connection:
                await self._send(connection)

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Call `tell` once the transaction has committed."""
        self._listeners.append(tell)

    def committed(self) -> None:
        """Call the functions that wait for the commit."""
        for tell in self._listeners:
            tell()

    async def _send(self, connection: AsyncConnection) -> None:
        queued, self._queued = self._queued, {}
        then, self._then = self._then, {}
        returned = await self.dialect.insert(connection, queued)
        for insert, tell in then.items():
            tell(returned[insert])


@asynccontextmanager
async def begin(database: Database) -> AsyncIterator[SqlTransaction]:
    """Begin a transaction that commits at the end of the block, or rolls back on an error.

    The database sees it with the first statement.
    """
    async with AsyncExitStack() as stack:
        transaction = SqlTransaction(
            database, lambda: stack.enter_async_context(database.transaction())
        )
        yield transaction
        await transaction.complete()
    transaction.committed()


@asynccontextmanager
async def read(database: Database) -> AsyncIterator[SqlTransaction]:
    """Open a transaction that sees one state of the database and cannot write."""
    async with database.snapshot() as connection:

        async def connect() -> AsyncConnection:
            return connection

        transaction = SqlTransaction(database, connect)
        # Opened, so that an insert is refused and not run elsewhere.
        await transaction.connection()
        yield transaction
        await transaction.complete()
