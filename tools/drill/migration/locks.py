"""The locks of a migration that block everything, their time, and the tables that it rewrites."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg

TABLES = ("idempotency_keys", "journal", "journal_epoch", "notifications", "outbox")
# Seconds between two looks.
EVERY = 0.02

# The lock of a hypertable is one of each of its partitions, too.
_LOCKED = """
SELECT DISTINCT relation::regclass::text AS name FROM pg_locks
WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_FILES = """
SELECT oid::regclass::text AS name, pg_relation_filenode(oid) AS file FROM pg_class
WHERE relkind = 'r' AND NOT (relnamespace = 'pg_catalog'::regnamespace)
"""


class Locks:
    """For how many seconds, about, each table was locked, and which tables have new files."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.rewritten: list[str] = []
        self.took = 0.0


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[Locks]:
    """Look at the locks for as long as the block lasts."""
    locks = Locks()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        before = await _files(connection)
        task = asyncio.create_task(_watch(connection, locks))
        began = time.monotonic()
        try:
            yield locks
        finally:
            locks.took = time.monotonic() - began
            task.cancel()
            await asyncio.wait([task])
        after = await _files(connection)
        locks.rewritten = sorted(name for name in before if after.get(name) != before[name])
    finally:
        await connection.close()


async def _watch(connection: asyncpg.Connection, locks: Locks) -> None:
    since: dict[str, float] = {}
    while True:
        found = {row["name"] for row in await connection.fetch(_LOCKED)}
        now = time.monotonic()
        since = {name: since.get(name, now) for name in found & {*TABLES}}
        for name, began in since.items():
            locks.seconds[name] = max(locks.seconds.get(name, 0.0), now - began + EVERY)
        await asyncio.sleep(EVERY)


async def _files(connection: asyncpg.Connection) -> Mapping[str, int]:
    return {row["name"]: row["file"] for row in await connection.fetch(_FILES)}
