"""The work of a PostgreSQL database during a measurement."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

EVERY = 0.05

# The server adds a connection's numbers up once a second at most.
SETTLE = 1.1

COUNTERS = """
    SELECT xact_commit, tup_returned, blks_hit + blks_read, active_time
    FROM pg_stat_database WHERE datname = current_database()
"""
ACTIVE = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
"""


@dataclass
class DatabaseLoad:
    """The work of the database between two moments."""

    seconds: float = 0.0
    commits: float = 0.0
    rows: float = 0.0
    blocks: float = 0.0
    busy: float = 0.0
    active: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        """Return it in one line, by the second."""
        rate = {
            "commits": self.commits,
            "rows read": self.rows,
            "blocks": self.blocks,
            "ms busy": self.busy,
        }
        told = ", ".join(f"{value / self.seconds:,.0f} {name}" for name, value in rate.items())
        return f"{told} a second, {max(self.active, default=0)} at once at most"


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[DatabaseLoad]:
    """Watch the database at `url` for as long as the block lasts; complete after it."""
    load = DatabaseLoad()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await asyncio.sleep(SETTLE)
        before, began = await connection.fetchrow(COUNTERS), time.monotonic()
        sampling = asyncio.create_task(_sample(url, load))
        try:
            yield load
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
        await asyncio.sleep(SETTLE)
        after = await connection.fetchrow(COUNTERS)
        load.seconds = time.monotonic() - began
        changes = [now - then for now, then in zip(after, before, strict=True)]
        load.commits, load.rows, load.blocks, load.busy = changes
    finally:
        await connection.close()


async def _sample(url: str, load: DatabaseLoad) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        while True:
            load.active.append(await connection.fetchval(ACTIVE))
            await asyncio.sleep(EVERY)
    finally:
        await connection.close()
