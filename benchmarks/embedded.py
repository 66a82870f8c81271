"""Accepting a notification on SQLite: `./run bench -- embedded --rounds 5 --seconds 15`.

The service without settings has both roles with all their work in one process. The other side is
FastAPI and SQLModel with a commit for each request. Both write to their own file in WAL mode and
wait for the disk at each commit. The benchmark checks that on their connections first.
"""

import argparse
import asyncio
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from benchmarks import peer, versions, wrk
from benchmarks.register import CONNECTIONS, NO_MARK, WARM_UP
from benchmarks.rounds import Sample, Side, alternate, console, report
from benchmarks.stand import Programs, programs
from benchmarks.watch import STILL
from tools.drill.stage import command
from tools.process import Process
from tools.service import Service
from tools.usage import processor_time

PEER = "fastapi_sqlmodel"
OURS = ("litestar", "uvicorn", "sqlalchemy", "aiosqlite")
THEIRS = ("fastapi", "starlette", "uvicorn", "sqlmodel", "sqlalchemy", "pydantic")
# Values of `PRAGMA journal_mode` and `PRAGMA synchronous`; 2 is FULL.
PRAGMAS = ("journal_mode wal", "synchronous 2")


class Embedded:
    """Measures one side after the other, each round with a fresh file."""

    def __init__(self, on: Programs, program: Service, seconds: int) -> None:
        self._on = on
        self._program = program
        self._seconds = seconds
        self._numbers = count()

    async def theirs(self) -> Sample:
        """Measure the peer."""
        file = self._file()
        settings = {"DATABASE_FILE": str(file)}
        async with peer.uvicorn(self._program, f"{PEER}:app", settings) as process:
            check(process.lines)
            return await self._load(process, file)

    async def ours(self) -> Sample:
        """Measure the service."""
        file = self._file()
        settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{file}", "OUTBOX_MARK": NO_MARK}
        await command(self._on.service, settings, "migrate")
        async with self._on.run("inside.pragmas", settings=settings, servers=()) as process:
            await process.gone.wait()
            check(process.lines)
        async with self._on.serve("serve", settings=settings) as process:
            return await self._load(process, file)

    def _file(self) -> Path:
        return self._on.folder / f"embedded-{next(self._numbers)}.db"

    async def _load(self, process: Process, file: Path) -> Sample:
        await wrk.load(process.url, WARM_UP, CONNECTIONS)
        before, used = await settled(file), processor_time(process.pid)
        result = await wrk.load(process.url, self._seconds, CONNECTIONS)
        used = processor_time(process.pid) - used
        stored = await settled(file) - before
        if not result.requests <= stored <= result.requests + CONNECTIONS:
            raise RuntimeError(f"{result.requests} were answered with 202, {stored} are stored")
        return Sample(result.rate, used / result.requests * 1e6, f"{stored:,} stored")


def check(lines: list[str]) -> None:
    """Raise `RuntimeError` unless a process has reported connections that wait for the disk."""
    if missing := [line for line in PRAGMAS if line not in lines]:
        raise RuntimeError("\n".join([f"not as it should be: {missing}", *lines]))


async def settled(file: Path) -> int:
    """Return how many notifications the file holds, once no more are added."""
    before, found = -1, rows(file)
    while found != before:
        await asyncio.sleep(STILL)
        before, found = found, rows(file)
    return found


def rows(file: Path) -> int:
    """Return how many notifications the file holds."""
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        found: int = connection.execute("SELECT count(*) FROM notifications").fetchone()[0]
    return found


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with programs() as on:
        program = peer.install(on.folder / PEER, PEER)
        found = versions.packages(on.service, "service", *OURS)
        found |= versions.packages(program, "peer", *THEIRS)
        embedded = Embedded(on, program, options.seconds)

        sides = [
            Side("FastAPI, SQLModel", embedded.theirs),
            Side("service", embedded.ours, at_least=5),
        ]
        await alternate(sides, options.rounds)
    console.print(f"[dim]both: SQLite {sqlite3.sqlite_version}, {', '.join(PRAGMAS)}")
    title = f"POST to 202 on SQLite, {CONNECTIONS} connections, {options.seconds} s"
    report("embedded", title, "answers/s", sides, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- embedded", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=15)
    asyncio.run(main(parser.parse_args()))
