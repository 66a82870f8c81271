"""The place for timing lists and reports: a database with its past, in a separate process."""

import asyncio
import json
import urllib.request
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from benchmarks import wrk
from benchmarks.past import Past
from benchmarks.rounds import Sample, console
from benchmarks.stand import Stand
from tools.process import Process

WARM_UP = 1
DAY = 86_400

# Rows of each of the two receivers: one has them on the last days, one on all.
OF_ONE = 1000
RECENT, SPREAD, BUSY = "recent", "spread", "busy"
RECENT_DAYS = 3


@dataclass(frozen=True)
class Place:
    """A database, and what to serve from it; `name` tells how many chunks it has."""

    on: Stand
    settings: dict[str, str]
    name: str

    @property
    def dsn(self) -> str:
        """The database's URL, as libpq takes it."""
        return self.settings["DATABASE_URL"].replace("+asyncpg", "")

    async def time(self, *paths: str, seconds: float, share: str = "p50") -> Sample:
        """Return the time of an answer, in ms: the median of all, or another percentile."""
        file = self.on.folder / "paths"
        file.write_text("".join(f"{path}\n" for path in paths))
        async with self.serving() as process:
            await wrk.ask(process.url, WARM_UP, file)
            result = await wrk.ask(process.url, seconds, file)
        note = f"99 of 100 within {result.p99:.2f} ms, {result.requests:,} answers"
        return Sample(getattr(result, share), note=note)

    async def get(self, path: str) -> dict[str, Any]:
        """Return one answer."""
        async with self.serving() as process:
            return await fetch(process, path)

    def serving(self) -> AbstractAsyncContextManager[Process]:
        """Serve, without what else a process does."""
        serve = ("--without", "relay", "serve", "--role", "producer")
        return self.on.serve(*serve, settings=self.settings)


async def fetch(process: Process, path: str) -> dict[str, Any]:
    """Return one answer of a process that runs."""

    def get() -> dict[str, Any]:
        with urllib.request.urlopen(f"{process.url}{path}") as answer:
            return dict(json.load(answer))

    return await asyncio.to_thread(get)


async def fill(on: Stand, now: datetime, name: str, rows: int, busy: int, days: int) -> Place:
    """Return a place with so many rows in so many chunks, `busy` of them one receiver's."""
    # Nothing of that is to be pruned.
    settings = await on.settings(name, RETENTION=str((days + 30) * DAY))
    place = Place(on, settings, f"{days} chunks")
    connection = await asyncpg.connect(place.dsn)
    try:
        await connection.execute("SET synchronous_commit = off")
        past = Past(connection, now, days)
        await past.add(rows - busy - 2 * OF_ONE)
        await past.add(busy, BUSY)
        await past.add(OF_ONE, SPREAD)
        await past.add(OF_ONE, RECENT, RECENT_DAYS)
        await past.settle()
        chunks = await past.chunks()
    finally:
        await connection.close()
    if chunks != days:
        raise RuntimeError(f"there are {chunks} chunks, not {days}")
    console.print(f"[dim]{name}: {rows:,} rows in {chunks} chunks")
    return place
