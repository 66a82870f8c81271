"""Locks on PostgreSQL: advisory locks, which live as long as their session."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.application.errors import Unavailable
from chassis.application.locks.lock_election import LEADER
from chassis.application.ports.fences import Fences
from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.errors import translated
from chassis.infrastructure.database.fencing.statements import MINT

# Seconds. The server ends a session that is silent for so long, because its process is frozen or
# the network is down. Otherwise no other process could ever take its locks.
SESSION = 6.0
# The process itself stops earlier, by its own clock, so that two never hold a lock at once.
LEASE = 5.0
ANSWER = 2.0
# How long a new holder waits for a transaction of the last one; then it tries again.
ROW_LOCK = 1.0

# Any number will do, as long as no other program locks the same one in this database. Replicas of
# an earlier release lock this one.
_KEYS = {LEADER: 0x5348_414C_0003}

_TAKE = text("SELECT pg_try_advisory_lock(:key)")
_GIVE = text("SELECT pg_advisory_unlock(:key)")
_STAY = text("SELECT 1")
_LOCK_TIMEOUT = "55P03"


class PostgresqlLocks:
    """The `Locks` of one process: a session of its own, which all of them share.

    `engine` opens that session, outside of any pool, and has the server end it after `SESSION`. The
    session mints the tokens, so one that has lost its locks cannot.
    """

    lease = LEASE

    def __init__(
        self,
        engine: AsyncEngine,
        fences: Fences,
        describe_error: Callable[[DBAPIError], str | None],
    ) -> None:
        self._engine = engine
        self._fences = fences
        self._describe_error = describe_error
        self._turn = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._held: dict[str, Grant] = {}

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        """Take the lock, and mint its token."""
        if self._connection is not None and self._driver.is_closed():
            # With it, its locks are lost.
            await self.close()
        async with self._asking() as connection:
            # The session itself would get it again.
            if name in self._held or not await connection.scalar(_TAKE, {"key": _key(name)}):
                return None
            try:
                token = (await connection.execute(MINT, {"name": name})).scalar_one()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_TIMEOUT:
                    raise
                await connection.execute(_GIVE, {"key": _key(name)})
                return None
            self._held[name] = Grant(name, token)
            return self._held[name]

    async def renew(self, grant: Grant) -> bool:
        """Show the server that the session is alive; any error loses all locks."""
        if self._held.get(grant.name) != grant:
            return False
        async with self._asking() as connection:
            await connection.execute(_STAY)
        return self.holds(grant)

    def holds(self, grant: Grant) -> bool:
        """Return whether the session has the lock, and is open."""
        return self._held.get(grant.name) == grant and not self._driver.is_closed()

    async def release(self, grant: Grant) -> None:
        """Unlock it; if the server does not answer, disconnect."""
        if self._held.get(grant.name) != grant:
            return
        with suppress(Unavailable):
            await self._fences.forget(grant)
        # Also if no other connection was free: no process could take the lock from this session.
        with suppress(Unavailable):
            async with self._asking() as connection:
                await connection.execute(_GIVE, {"key": _key(grant.name)})
        self._held.pop(grant.name, None)

    async def close(self) -> None:
        """Disconnect; the end of the session releases the locks."""
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            # At once: a server that does not answer would delay a clean close.
            self._driver.terminate()
            with suppress(DBAPIError, OSError):
                await connection.invalidate()
                await connection.close()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[AsyncConnection]:
        """Lend the session; without an answer the holders of its locks are unknown."""
        async with self._turn:
            try:
                with translated(self._describe_error):
                    yield await self._connected()
            except BaseException:
                await self.close()
                raise

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._engine.connect()
            self._driver = (await connection.get_raw_connection()).driver_connection
            self._connection = connection
        return self._connection


def _key(name: str) -> int:
    """Return the number of a name; two names with the same one exclude each other."""
    hashed = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
    return _KEYS.get(name, hashed)
