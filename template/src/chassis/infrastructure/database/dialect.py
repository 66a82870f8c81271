"""The differences between databases; each kind has one file."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Insert, Table, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.application.ports.fences import Fences
from chassis.application.ports.locks import Locks
from chassis.infrastructure.database.bulk import Inserts, Returned

type Opener = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class ConnectionLease(Struct, frozen=True):
    """How to read rows, and later to change them, while no other lease touches the same ones."""

    read: Opener
    write: Opener


class Dialect(Protocol):
    """One kind of database: its connections, and its special SQL.

    Connections are opened at first use. Errors are the driver's; `describe_error` knows them.
    """

    @property
    def where(self) -> str:
        """The database's URL, for operators: without a password."""
        ...

    def is_missing(self) -> bool:
        """Return whether it is missing and migrations can create it; raises `Unavailable`."""
        ...

    @property
    def writers(self) -> int:
        """How many transactions may write at the same time."""
        ...

    @property
    def may_partition(self) -> bool:
        """Whether tables may be partitioned by time."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that commits at the end of the block, or rolls back on an error."""
        ...

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Lend a connection for one call, which is a transaction of its own."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction that sees one state of the database and cannot write."""
        ...

    def lease(self) -> AbstractAsyncContextManager[ConnectionLease]:
        """Open a lease for work that waits for another server between reading and writing."""
        ...

    def locks(self, fences: Fences) -> Locks:
        """Return locks among the processes of this database, on a connection of their own."""
        ...

    async def check(self) -> None:
        """Return if the database can be read and written; else raise `Unavailable`."""
        ...

    async def time(self) -> datetime | None:
        """Return the time of the server's clock, `None` if it has no clock of its own."""
        ...

    async def advice(self) -> str | None:
        """Return a warning about a database that answers, if there is one."""
        ...

    async def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        ...

    def describe_error(self, error: DBAPIError) -> str | None:
        """Return the reason, without secrets, if `error` means that the database is away."""
        ...

    async def insert(self, connection: AsyncConnection, inserts: Inserts) -> Returned:
        """Insert rows into tables, all or none, and return the requested columns."""
        ...

    def update_row(
        self, table: Table, row: ColumnElement[bool], values: Mapping[str, Any]
    ) -> Insert | Update:
        """Return an update of the one row with a primary key.

        `row` compares each column of the key with a value. An expression among `values` uses the
        row after the last change, even if two updates run at once.
        """
        ...

    def bucket(self, time: ColumnElement[datetime], seconds: int) -> ColumnElement[datetime]:
        """Return the start of `time`'s bucket, `seconds` wide and aligned to 1970-01-01 UTC."""
        ...

    async def drop_partitions(
        self, connection: AsyncConnection, table: Table, before: datetime
    ) -> bool | None:
        """Drop a few partitions that end before `before`; return whether there may be more.

        Returns `None` if `table` is not partitioned.
        """
        ...

    async def timeline(self, connection: AsyncConnection) -> str | None:
        """Return a name for the history of the database that `connection` reaches, if it has one.

        It changes if the database continues from an earlier state. That happens after a restore
        from a backup, or with the promotion of a standby, which may lack the last commits.
        """
        ...

    def is_one_of(self, column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """Return a condition whose text is the same for any number of values.

        They are given as a list, under the name `parameter`.
        """
        ...

    def migrate(self, work: Callable[[Connection], None]) -> None:
        """Call `work` on a connection for migrations, and close it; blocks.

        Its transactions keep other processes from migrating at the same time.
        """
        ...
