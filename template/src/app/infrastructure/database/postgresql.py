"""PostgreSQL 17, with or without TimescaleDB: any number of replicas read and write at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import (
    URL,
    AsyncAdaptedQueuePool,
    ColumnElement,
    Connection,
    ExceptionContext,
    Insert,
    Interval,
    NullPool,
    Pool,
    Table,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.selectable import TypedReturnsRows

from app.application.errors import Unavailable
from app.infrastructure.database.connections import Connections
from app.infrastructure.database.dialect import Lease
from app.infrastructure.database.postgresql_errors import (
    reason_for,
    reason_without_connection,
)
from app.infrastructure.database.types import Timestamp

PATIENCE = 10.0
CONNECT_TIMEOUT = 5.0
# The server ends a statement; the client's own limit is for a server that says nothing at all.
STATEMENT_TIMEOUT = 10.0
COMMAND_TIMEOUT = 12.0
# A process that freezes inside a transaction is thrown out, so that those who wait for its locks,
# a little longer than that, get them.
IDLE_TIMEOUT = 4.0
LOCK_TIMEOUT = 8.0
# A lease waits for the broker's confirms inside its transaction.
LEASE_TIMEOUT = 30.0
MIGRATION_LOCK_TIMEOUT = 60.0

# Any numbers will do, as long as nobody else locks the same ones in this database.
JOURNAL_LOCK = 0x5348_414C_0001
MIGRATION_LOCK = 0x5348_414C_0002

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEEP_OPEN = text(
    f"SELECT set_config('idle_in_transaction_session_timeout', '{LEASE_TIMEOUT:g}s', true)"
)


class Postgresql:
    """The `Dialect` of a PostgreSQL server.

    Every wait has an end: for a free connection, for a new one, for an answer, for a lock. The
    limits are settings of each connection, so that the server keeps them too.
    """

    def __init__(self, url: URL, connections: int) -> None:
        if not url.database:
            raise ValueError("the database URL names no database: end it with /NAME")
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._where = f"{url.database} at {url.host or 'this machine'}:{url.port or 5432}"
        self._limit = connections

    @cached_property
    def _connections(self) -> Connections:
        return Connections(self._engine, self._limit, PATIENCE)

    @cached_property
    def _engine(self) -> AsyncEngine:
        engine = self._open(
            limits={
                "statement_timeout": f"{STATEMENT_TIMEOUT:g}s",
                "lock_timeout": f"{LOCK_TIMEOUT:g}s",
                "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT:g}s",
            },
            command_timeout=COMMAND_TIMEOUT,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=self._limit,
            max_overflow=0,
            pool_timeout=PATIENCE,
            pool_use_lifo=True,
        )

        @event.listens_for(engine.sync_engine, "checkout")
        def replace_closed(connection: Any, *_: Any) -> None:
            # The driver has noticed if the server hung up, so a ping at each use tells no more.
            if connection.driver_connection.is_closed():
                raise DisconnectionError

        return engine

    def _open(
        self,
        limits: dict[str, str],
        poolclass: type[Pool],
        command_timeout: float | None = None,
        **pool: Any,
    ) -> AsyncEngine:
        engine = create_async_engine(
            "postgresql+asyncpg://",
            connect_args={
                "dsn": self._dsn,
                "timeout": CONNECT_TIMEOUT,
                "command_timeout": command_timeout,
                "server_settings": {"application_name": "app"} | limits,
            },
            poolclass=poolclass,
            json_serializer=_to_json,
            json_deserializer=msgspec.json.decode,
            hide_parameters=True,
            **pool,
        )

        @event.listens_for(engine.sync_engine, "do_connect")
        def connect(dialect: Any, _: Any, positional: Any, named: Any) -> Any:
            try:
                return dialect.connect(*positional, **named)
            except (OSError, dialect.loaded_dbapi.InterfaceError) as error:
                raise Unavailable(reason_without_connection(error, self._where)) from error

        @event.listens_for(engine.sync_engine, "handle_error")
        def give_up(context: ExceptionContext) -> None:
            error = context.original_exception
            if isinstance(error, OSError):
                # What a connection will say next, after an answer that never came, nobody knows.
                context.is_disconnect = True
                raise Unavailable(reason_without_connection(error, self._where)) from error

        return engine

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction whose every statement sees what was committed before it."""
        return self._connections.begin()

    def snapshot(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that sees what was committed before its first read."""
        return self._connections.begin(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Lease]:
        """Open a lease: one transaction, in which rows that are locked stay so until its end."""
        async with self.transaction() as connection:
            await connection.execute(_KEEP_OPEN)
            yield Lease(read=lambda: nullcontext(connection), write=lambda: nullcontext(connection))

    async def check(self) -> None:
        """Ask whether a transaction may write."""
        async with self.transaction() as connection:
            if await connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise Unavailable(
                    f"the database {self._where} is read-only: set DATABASE_URL to the primary"
                )

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    def explain(self, error: DBAPIError) -> str | None:
        """Return the reason where the server is out of reach, overloaded or not made ready."""
        return reason_for(error, self._where)

    def insert_new(self, table: Table) -> Insert:
        """Return `INSERT … ON CONFLICT DO NOTHING`."""
        return insert(table).on_conflict_do_nothing()

    def update_row(
        self, table: Table, row: ColumnElement[bool], values: Mapping[str, Any]
    ) -> TypedReturnsRows[Any]:
        """Return an insert of the changed row, which meets the row itself and changes that.

        Since a plain `UPDATE` of a hypertable is planned for every chunk: 8 ms where there are
        300 of them, and 1.5 ms so.
        """
        changed = [
            literal(values[column.name], column.type) if column.name in values else column
            for column in table.c
        ]
        change = insert(table).from_select(table.c.keys(), select(*changed).where(row))
        return change.on_conflict_do_update(
            index_elements=table.primary_key, set_={name: change.excluded[name] for name in values}
        ).returning(*table.c)

    def bucket(self, time: ColumnElement[datetime], seconds: int) -> ColumnElement[datetime]:
        """Round down with `date_bin`, TimescaleDB's `time_bucket` for servers without it."""
        width = literal(timedelta(seconds=seconds), Interval)
        return func.date_bin(width, time, literal(_EPOCH, Timestamp), type_=Timestamp())

    async def lock_journal(self, connection: AsyncConnection) -> None:
        """Take a lock that ends with the transaction, after its commit can be seen.

        So whoever is given the next positions commits after those who have the ones before, and
        nobody who has read up to a position finds a lower one later. A sequence alone does not
        do that: it gives out numbers at once and in order, and commits overtake each other.
        """
        await connection.execute(select_lock(JOURNAL_LOCK))

    def migrate(self, work: Callable[[Connection], None]) -> None:
        """Call `work` on a connection whose statements may take their time.

        Call it in a thread without an event loop.
        """
        asyncio.run(self._migrate(work))

    async def _migrate(self, work: Callable[[Connection], None]) -> None:
        limits = {
            "statement_timeout": "0",
            "idle_in_transaction_session_timeout": "0",
            "lock_timeout": f"{MIGRATION_LOCK_TIMEOUT:g}s",
        }
        engine = self._open(limits, NullPool)

        @event.listens_for(engine.sync_engine, "begin")
        def wait_for_others(connection: Connection) -> None:
            connection.execute(select_lock(MIGRATION_LOCK))

        async with engine.connect() as connection:
            await connection.run_sync(work)


def select_lock(key: int) -> Any:
    """Return the statement that locks `key` until the transaction ends."""
    return text(f"SELECT pg_advisory_xact_lock({key})")


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
