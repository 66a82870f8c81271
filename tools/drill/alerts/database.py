"""Faults of the database, from a session of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b

import asyncpg

from tools.drill import look

LOCK_JOURNAL = "LOCK TABLE journal IN ACCESS EXCLUSIVE MODE"
# The locks of the leader, and of the worker's: `_key` in the chassis's `postgresql_locks.py`.
LEADER = 0x5348_414C_0003
WORKER = int.from_bytes(blake2b(b"leader-worker", digest_size=8).digest(), signed=True)

_HOLDER = """
    SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32) | objid::bigint = $1
"""
# A sequence keeps its value although the transaction fails. Without a limit, each row fails.
_RAISE = """
    CREATE SEQUENCE drill_faults;
    CREATE FUNCTION drill_fault() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {times} = 0 OR nextval('drill_faults') <= {times} THEN
            RAISE EXCEPTION 'the drill says so';
        END IF;
        RETURN COALESCE(NEW, OLD);
    END $$;
    CREATE TRIGGER drill_fault BEFORE {event} ON outbox
    FOR EACH ROW EXECUTE FUNCTION drill_fault();
"""
_CALM = "DROP FUNCTION drill_fault CASCADE; DROP SEQUENCE drill_faults;"


@asynccontextmanager
async def session(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Open a session that ends with the block."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def holding(url: str, statement: str) -> AsyncIterator[None]:
    """Execute a statement in a transaction, which keeps its locks until the end."""
    async with session(url) as connection, connection.transaction():
        await connection.execute(statement)
        yield


@asynccontextmanager
async def raising(url: str, event: str, times: int) -> AsyncIterator[None]:
    """Fail each `event` (INSERT, DELETE) of a row of the outbox; with `times`, only so many."""
    async with session(url) as connection:
        await connection.execute(_RAISE.format(event=event, times=times))
        try:
            yield
        finally:
            await connection.execute(_CALM)


@asynccontextmanager
async def lead_taken(url: str, lock: int) -> AsyncIterator[None]:
    """End the session that holds a leader's lock, and hold it."""
    async with session(url) as connection:
        # It waits in the queue, which replicas do not: so it is the next.
        waiting = asyncio.create_task(connection.execute("SELECT pg_advisory_lock($1)", lock))
        await asyncio.sleep(1)
        for (holder,) in await look.rows(url, _HOLDER, lock):
            await look.rows(url, "SELECT pg_terminate_backend($1)", holder)
        await waiting
        yield
