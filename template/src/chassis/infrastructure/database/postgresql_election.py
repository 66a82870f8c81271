"""Leader election on PostgreSQL: an advisory lock, which lives as long as its session."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.infrastructure.database.errors import translated

# Seconds. The server ends a session that is silent for so long, because its process is frozen or
# the network is down. Otherwise no other process could ever take the lock.
SESSION = 6.0
# The process itself resigns earlier, by its own clock, so that two never lead at once.
LEASE = 5.0
ANSWER = 2.0

# Any number will do, as long as no other program locks the same one in this database.
ELECTION_LOCK = 0x5348_414C_0003

_TAKE = text("SELECT pg_try_advisory_lock(:lock)")
_STAY = text("SELECT 1")


class PostgresqlElection:
    """A candidate with its own session, which it keeps while it does not lead, too.

    `engine` opens that session, outside of any pool, and has the server end it after `SESSION`.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        describe_error: Callable[[DBAPIError], str | None],
        name: str = "",
    ) -> None:
        self._engine = engine
        self._lock = _lock_of(name)
        self._describe_error = describe_error
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._has_lock = False
        self._until = 0.0

    @property
    def is_leader(self) -> bool:
        """Whether this session holds the lock, is open, and had an answer a moment ago."""
        return time.monotonic() < self._until and not self._driver.is_closed()

    async def campaign(self) -> bool:
        """Take the lock if it is free, or show the server that its holder is alive."""
        asked = time.monotonic()
        try:
            with translated(self._describe_error):
                self._has_lock = await self._ask(await self._connected())
        except BaseException:
            # Without an answer the holder of the lock is unknown.
            await self.resign()
            raise
        if self._has_lock:
            self._until = asked + LEASE
        return self.is_leader

    async def resign(self) -> None:
        """Disconnect; the end of the session releases the lock."""
        connection, self._connection = self._connection, None
        self._until, self._has_lock = 0.0, False
        if connection is not None:
            # At once: a server that does not answer would delay a clean close.
            self._driver.terminate()
            with suppress(DBAPIError, OSError):
                await connection.invalidate()
                await connection.close()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._engine.connect()
            self._driver = (await connection.get_raw_connection()).driver_connection
            self._connection = connection
        return self._connection

    async def _ask(self, connection: AsyncConnection) -> bool:
        if self._has_lock:
            # Locks add up: a second one would have to be released a second time.
            await connection.execute(_STAY)
            return True
        return bool(await connection.scalar(_TAKE, {"lock": self._lock}))


def _lock_of(name: str) -> int:
    """Return the number of an election's lock; names differ in its upper bits."""
    return (crc32(name.encode()) & 0x7FFF) << 48 | ELECTION_LOCK
