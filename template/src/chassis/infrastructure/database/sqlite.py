"""SQLite: one file, any number of readers, one writer at a time."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Table,
    Update,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis.application.ports.fences import Fences
from chassis.infrastructure.database.bulk import BulkInsert, Inserts, Returned, Rows
from chassis.infrastructure.database.connections import SqlConnections
from chassis.infrastructure.database.dialect import ConnectionLease
from chassis.infrastructure.database.errors import away
from chassis.infrastructure.database.sqlite_file import ADVICE, SqliteFile
from chassis.infrastructure.database.sqlite_locks import SqliteLocks
from chassis.infrastructure.database.types import JsonList, Timestamp

READERS = 4
TIMEOUT = 10.0
BUSY_TIMEOUT = 5.0
MIGRATION_TIMEOUT = 60.0

# FULL: committed data survives a power cut, not only a crash of the process.
_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON")

_REASONS = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk fails",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened: {ADVICE}",
    sqlite3.SQLITE_PERM: f"cannot be opened: {ADVICE}",
    sqlite3.SQLITE_READONLY: f"is read-only: {ADVICE}",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: f"is not an SQLite database: {ADVICE}",
}


class Sqlite:
    """The `Dialect` of an SQLite file.

    Writers queue for one connection, so that this process never finds the file locked by itself.
    Readers have other connections, which see a snapshot and refuse to write.
    """

    def __init__(self, url: URL) -> None:
        if url.host or url.username:
            raise ValueError("SQLite has no host and no user: write sqlite+aiosqlite:///var/app.db")
        if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
            raise ValueError(
                "SQLite needs a file, as in sqlite+aiosqlite:///var/app.db (relative) or "
                "sqlite+aiosqlite:////var/lib/app.db: its connections share nothing in memory"
            )
        self._url = url
        self._path = Path(str(url.database))
        self._file = SqliteFile(self._path)
        self._leased = asyncio.Lock()

    @property
    def where(self) -> str:
        """The path."""
        return str(self._path.absolute())

    def is_missing(self) -> bool:
        """Return whether there is no such file; raises `Unavailable` if none can be created."""
        return self._file.is_missing()

    @property
    def writers(self) -> int:
        """One: several would queue for the file, each with a part of one large batch."""
        return 1

    @property
    def may_partition(self) -> bool:
        """Return False."""
        return False

    @cached_property
    def _writer(self) -> SqlConnections:
        pragmas = ("journal_mode = WAL", *_PRAGMAS)
        return self._open("BEGIN IMMEDIATE", pragmas, connections=1)

    @cached_property
    def _reader(self) -> SqlConnections:
        return self._open("BEGIN", (*_PRAGMAS, "query_only = ON"), connections=READERS)

    def _open(self, begin: str, pragmas: tuple[str, ...], connections: int) -> SqlConnections:
        engine = create_async_engine(
            self._url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=TIMEOUT,
            pool_use_lifo=True,
            connect_args={"timeout": BUSY_TIMEOUT, "isolation_level": None},
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
            hide_parameters=True,
        )
        self._listen(engine.sync_engine, begin, pragmas, self._file.must_exist)
        return SqlConnections(engine, connections, TIMEOUT)

    def _listen(
        self, engine: Engine, begin: str, pragmas: tuple[str, ...], prepare: Callable[[], None]
    ) -> None:
        # `isolation_level` None stops the driver from beginning transactions; they are begun here.
        # The driver would begin one at the first write, with a lock that readers share.
        @event.listens_for(engine, "begin")
        def start(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        @event.listens_for(engine, "do_connect")
        def look(*_: Any) -> None:
            prepare()

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _: Any) -> None:
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
            self._file.opened()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that holds the write lock from its start.

        Raises `Unavailable` if the file was removed or replaced, also at the end.
        """
        self._file.check()
        async with self._writer.begin() as connection:
            yield connection
        # A commit to a file that has lost its name by then is lost.
        self._file.check()

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a plain transaction, since a file needs no round trips."""
        return self.transaction()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees all commits before its first read."""
        self._file.check()
        async with self._reader.begin() as connection:
            yield connection

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[ConnectionLease]:
        """Open a lease: short transactions, since a long one would stop every other writer.

        One lease at a time in this process. Another process may read the same rows: then both do
        the work.
        """
        async with self._leased:
            yield ConnectionLease(read=self.snapshot, write=self.transaction)

    def locks(self, fences: Fences) -> SqliteLocks:
        """Return locks on files next to this one."""
        return SqliteLocks(self._path, fences)

    async def check(self) -> None:
        """Read, and check whether the file may be written, without waiting for the writers."""
        async with self.snapshot() as connection:
            await connection.execute(text("SELECT 1 FROM sqlite_master LIMIT 1"))
        if not (os.access(self._path, os.W_OK) and os.access(self._path.parent, os.W_OK)):
            raise away(f"the database {self._path} is read-only: {ADVICE}")

    async def time(self) -> None:
        """Do nothing: the file has no clock."""

    async def advice(self) -> str | None:
        """Return what to do if other users can read the file."""
        return self._file.advice()

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.close()
        await self._writer.close()
        self._file.closed()

    def describe_error(self, error: DBAPIError) -> str | None:
        """Return the reason if the file cannot be used, or was never migrated."""
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF
        if code == sqlite3.SQLITE_READONLY and os.access(self._path, os.W_OK):
            return None  # a snapshot was used to write
        if code in _REASONS:
            return f"the database {self._path} {_REASONS[code]}"
        if "no such table" in str(error.orig) or "no such column" in str(error.orig):
            return f"the database {self._path} is behind the code: run migrate"
        return None

    async def insert(self, connection: AsyncConnection, inserts: Inserts) -> Returned:
        """Insert rows into one table after the other; a transaction is the only writer anyway."""
        return {
            insert: await _insert_rows(connection, insert, rows) for insert, rows in inserts.items()
        }

    def update_row(
        self, table: Table, row: ColumnElement[bool], values: Mapping[str, Any]
    ) -> Update:
        """Return an `UPDATE`."""
        return update(table).where(row).values(**values)

    def bucket(self, time: ColumnElement[datetime], seconds: int) -> ColumnElement[datetime]:
        """Round down in whole microseconds, which is how a `Timestamp` is stored here."""
        stored = type_coerce(time, BigInteger)
        return type_coerce(stored - stored % (seconds * 1_000_000), Timestamp())

    async def drop_partitions(self, connection: AsyncConnection, table: Table, _: datetime) -> None:
        """Do nothing: there are no partitions."""

    async def timeline(self, connection: AsyncConnection) -> None:
        """Return nothing: a restored copy of a file cannot be told from the original."""

    def is_one_of(self, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """Compare with one parameter, a JSON array."""
        given = func.json_each(bindparam(parameter, type_=JsonList())).table_valued("value")
        return column.in_(select(given.c.value))

    def migrate(self, work: Callable[[Connection], None]) -> None:
        """Call `work` on a connection of the synchronous driver, which opens fastest."""
        engine = create_engine(
            self._url.set(drivername="sqlite"),
            connect_args={"timeout": MIGRATION_TIMEOUT, "isolation_level": None},
            hide_parameters=True,
        )
        # No foreign keys: a batch operation drops a table that others refer to, and builds it
        # again.
        self._listen(engine, "BEGIN IMMEDIATE", ("synchronous = FULL",), self._create)
        try:
            with engine.connect() as connection:
                work(connection)
        finally:
            engine.dispose()

    def _create(self) -> None:
        self._file.make()
        self._file.use_wal(MIGRATION_TIMEOUT)


async def _insert_rows(connection: AsyncConnection, insert: BulkInsert, rows: Rows) -> Rows:
    """Insert rows, as many for each statement as it may have parameters."""
    table = insert.table
    statement = sqlite_insert(table).on_conflict_do_nothing() if insert.only_new else table.insert()
    values = [dict(zip(insert.columns, row, strict=True)) for row in rows]
    if not insert.returning:
        await connection.execute(statement, values)
        return ()
    columns = [table.c[name] for name in insert.returning]
    return (await connection.execute(statement.returning(*columns), values)).all()


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
