"""PostgreSQL 17, with or without TimescaleDB: any number of replicas read and write at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    URL,
    ColumnElement,
    Connection,
    Insert,
    Interval,
    Table,
    bindparam,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.application.ports.fences import Fences
from chassis.infrastructure.database.bulk import Inserts, Returned
from chassis.infrastructure.database.connections import SqlConnections
from chassis.infrastructure.database.dialect import ConnectionLease
from chassis.infrastructure.database.errors import away
from chassis.infrastructure.database.postgresql_advice import find_advice
from chassis.infrastructure.database.postgresql_engine import (
    open_for_locks,
    open_for_migrations,
    open_pool,
)
from chassis.infrastructure.database.postgresql_errors import reason_for
from chassis.infrastructure.database.postgresql_insert import insert_rows
from chassis.infrastructure.database.postgresql_locks import (
    ANSWER,
    ROW_LOCK,
    SESSION,
    PostgresqlLocks,
)
from chassis.infrastructure.database.postgresql_migration import migration_turn
from chassis.infrastructure.database.postgresql_partitions import drop_chunks
from chassis.infrastructure.database.postgresql_timeline import read_timeline
from chassis.infrastructure.database.types import Timestamp
from chassis.infrastructure.secrets.login import RenewableLogin

TIMEOUT = 10.0
# A lease waits for the broker's confirms inside its transaction.
LEASE_TIMEOUT = 30.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEEP_OPEN = text(
    f"SELECT set_config('idle_in_transaction_session_timeout', '{LEASE_TIMEOUT:g}s', true)"
)

_TIME = select(func.clock_timestamp(type_=Timestamp()))


class Postgresql:
    """The `Dialect` of a PostgreSQL server.

    Every wait has a timeout: for a free connection, for a new one, for an answer, for a lock.
    """

    def __init__(self, url: URL, connections: int, login: RenewableLogin) -> None:
        if not url.database:
            raise ValueError("the database URL names no database: end it with /NAME")
        if "ssl" in url.query:
            raise ValueError("the database URL has ssl=: write sslmode=, as for libpq")
        self._login = login
        self._where = f"{url.database} at {url.host or 'this machine'}:{url.port or 5432}"
        self._limit = connections

    @property
    def where(self) -> str:
        """Its name, host and port."""
        return self._where

    def is_missing(self) -> bool:
        """Return False: only its server knows."""
        return False

    @property
    def writers(self) -> int:
        """As many as there are connections."""
        return self._limit

    @property
    def may_partition(self) -> bool:
        """Return True: TimescaleDB can, if it is installed."""
        return True

    @cached_property
    def _connections(self) -> SqlConnections:
        engine = open_pool(self._login, self._where, self._limit, TIMEOUT)
        return SqlConnections(engine, self._limit, TIMEOUT)

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction in which each statement sees all earlier commits."""
        return self._connections.begin()

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Lend a connection without BEGIN and COMMIT: a statement by itself is a transaction."""
        return self._connections.autocommit()

    def snapshot(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that sees all commits before its first read."""
        return self._connections.begin(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[ConnectionLease]:
        """Open a lease: one transaction, in which locked rows stay locked until its end."""
        async with self.transaction() as connection:
            await connection.execute(_KEEP_OPEN)
            yield ConnectionLease(
                read=lambda: nullcontext(connection), write=lambda: nullcontext(connection)
            )

    def locks(self, fences: Fences) -> PostgresqlLocks:
        """Return advisory locks, on a connection of their own."""
        engine = open_for_locks(self._login, self._where, SESSION, ANSWER, ROW_LOCK)
        return PostgresqlLocks(engine, fences, self.describe_error)

    async def check(self) -> None:
        """Ask whether a transaction may write."""
        async with self.transaction() as connection:
            if await connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise away(
                    f"the database {self._where} is read-only: set DATABASE_URL to the primary"
                )

    async def time(self) -> datetime:
        """Ask the server for its time, not for that of the transaction's start."""
        async with self.single() as connection:
            return (await connection.execute(_TIME)).scalar_one()

    async def advice(self) -> str | None:
        """Return what to change on the server before production."""
        async with self.snapshot() as connection:
            return await find_advice(connection, self._where)

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    def describe_error(self, error: DBAPIError) -> str | None:
        """Return the reason if the server is unreachable, overloaded or not set up."""
        return reason_for(error, self._where)

    async def insert(self, connection: AsyncConnection, inserts: Inserts) -> Returned:
        """Insert rows into tables with one statement, and one parameter for the rows of each."""
        return await insert_rows(connection, inserts)

    def update_row(
        self, table: Table, row: ColumnElement[bool], values: Mapping[str, Any]
    ) -> Insert:
        """Return an insert of the changed row, which conflicts with that row and updates it.

        A plain `UPDATE` of a hypertable is planned for every chunk: 8 ms with 300 of them, against
        1.5 ms this way.
        """
        # An expression is not applied to the selected row, which another change may have overtaken.
        given = {
            name: literal(value, table.c[name].type)
            for name, value in values.items()
            if not isinstance(value, ColumnElement)
        }
        changed = [given.get(column.name, column) for column in table.c]
        change = pg_insert(table).from_select(table.c.keys(), select(*changed).where(row))
        taken = {name: change.excluded[name] for name in given}
        return change.on_conflict_do_update(
            index_elements=table.primary_key, set_={**values, **taken}
        )

    def bucket(self, time: ColumnElement[datetime], seconds: int) -> ColumnElement[datetime]:
        """Round down with `date_bin`, TimescaleDB's `time_bucket` for servers without it."""
        width = literal(timedelta(seconds=seconds), Interval)
        return func.date_bin(width, time, literal(_EPOCH, Timestamp), type_=Timestamp())

    async def drop_partitions(
        self, connection: AsyncConnection, table: Table, before: datetime
    ) -> bool | None:
        """Drop a few chunks, if TimescaleDB has made `table` a hypertable."""
        return await drop_chunks(connection, table, before)

    async def timeline(self, connection: AsyncConnection) -> str | None:
        """Return the server's system identifier, the database's number and the WAL's timeline."""
        return await read_timeline(connection)

    def is_one_of(self, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """Compare with one parameter, an array."""
        return column == func.any(bindparam(parameter, type_=ARRAY(column.type)))

    def migrate(self, work: Callable[[Connection], None]) -> None:
        """Call `work` on a connection whose statements may take their time.

        Call it in a thread without an event loop.
        """
        asyncio.run(self._migrate(work))

    async def _migrate(self, work: Callable[[Connection], None]) -> None:
        engine = open_for_migrations(self._login, self._where)
        async with migration_turn(engine, self._where), engine.connect() as connection:
            await connection.run_sync(work)
