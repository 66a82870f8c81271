"""The database as the rest of this package uses it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.application.locks.lock_election import LockElection
from chassis.application.ports.fences import Fences
from chassis.application.ports.leader_election import LeaderElection
from chassis.application.ports.locks import Locks
from chassis.infrastructure.database.dialect import ConnectionLease
from chassis.infrastructure.database.dialects import CONNECTIONS, dialect_for
from chassis.infrastructure.database.errors import translated
from chassis.infrastructure.database.fencing.fences import SqlFences


class Database:
    """Opens transactions, and raises `Unavailable` if the database does not answer.

    Made from a URL; raises `ValueError` if it names no supported database. Connections are opened
    at first use; a server gets at most `connections` of them. It is `Diagnosable` too.
    """

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        self.url = url
        self.dialect = dialect_for(url, connections)

    @property
    def where(self) -> str:
        """The database's name and place, for operators: without a password."""
        return self.dialect.where

    def is_missing(self) -> bool:
        """Return whether it is missing and migrations can create it; raises `Unavailable`."""
        return self.dialect.is_missing()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end of the block, or rolls back on an error."""
        with translated(self.dialect.describe_error):
            async with self.dialect.transaction() as connection:
                yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one state of the database and cannot write."""
        with translated(self.dialect.describe_error):
            async with self.dialect.snapshot() as connection:
                yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for one call, which is a transaction of its own."""
        with translated(self.dialect.describe_error):
            async with self.dialect.single() as connection:
                yield connection

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[ConnectionLease]:
        """Open a lease, to read rows now and write them later while no other lease has them."""
        with translated(self.dialect.describe_error):
            async with self.dialect.lease() as lease:
                yield lease

    def fences(self) -> Fences:
        """Return the fencing tokens of this database."""
        return SqlFences(self.transaction)

    def locks(self) -> Locks:
        """Return locks among the processes of this database, on a connection of their own."""
        return self.dialect.locks(self.fences())

    def election(self, name: str = "") -> LeaderElection:
        """Return a new candidate in an election of this database: the main one, or a named one."""
        return LockElection(self.locks(), name)

    async def check(self) -> None:
        """Return if the database can be read and written; else raise `Unavailable`."""
        with translated(self.dialect.describe_error):
            await self.dialect.check()

    async def time(self) -> datetime | None:
        """Return now by the server's clock, `None` if it is this machine's."""
        with translated(self.dialect.describe_error):
            return await self.dialect.time()

    async def advice(self) -> str | None:
        """Return what the operator should change although it answers; raises `Unavailable`."""
        with translated(self.dialect.describe_error):
            return await self.dialect.advice()

    async def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        await self.dialect.close()
