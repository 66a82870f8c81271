"""A lock, so that one process at a time migrates a database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.infrastructure.database.errors import away

# Any number will do, as long as no other program locks the same one in this database.
MIGRATION_LOCK = 0x5348_414C_0002
# Seconds to wait for another process, and between two tries.
TIMEOUT = 60.0
POLL = 0.1

_TRY = text(f"SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})")

# Behind PgBouncer this cannot be a setting of the connection.
_STAY = text("SET LOCAL idle_in_transaction_session_timeout = 0")


@asynccontextmanager
async def migration_turn(engine: AsyncEngine, where: str) -> AsyncIterator[None]:
    """Hold the lock for the length of the block, in a transaction on its own connection.

    A migration may therefore be several transactions, also behind PgBouncer. The lock is polled,
    not waited for: an index that another process builds concurrently waits for the end of every
    statement.

    Raises `Unavailable` if another process holds it for a minute.
    """
    async with engine.connect() as connection:
        try:
            async with asyncio.timeout(TIMEOUT):
                while not await connection.scalar(_TRY):
                    await connection.rollback()
                    await asyncio.sleep(POLL)
        except TimeoutError:
            raise away(f"another process migrates the database {where}: try again") from None
        # A result keeps its snapshot, which an index build would wait for, until the next
        # statement.
        await connection.execute(_STAY)
        yield
