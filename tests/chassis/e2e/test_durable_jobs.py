"""Durable jobs on real servers: killed workers, failures, and delays over a restart."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.system import System
from tests.chassis.e2e.working import Note
from tests.chassis.posix import posix
from tests.e2e.process import Process, serving

TIMEOUT = 60
COMMAND = ("tests.chassis.e2e.working", "serve")

type Worker = Callable[[], AbstractAsyncContextManager[Process]]


@pytest.fixture
def settings(servers: dict[str, str]) -> dict[str, str]:
    """The settings of the workers and of the sender."""
    return servers | {"RETRY_DELAYS": "0.2,0.3"}


@pytest.fixture
def worker(tmp_path: Path, settings: dict[str, str]) -> Worker:
    """Starts a worker that works in `tmp_path`."""

    def start() -> AbstractAsyncContextManager[Process]:
        path = {"PYTHONPATH": str(Path.cwd())}
        return serving(tmp_path, "--server", "worker", command=COMMAND, **settings, **path)

    return start


@pytest.fixture
async def sender(settings: dict[str, str]) -> AsyncIterator[System]:
    """Another process of the service, which runs no role."""
    system = System(Configuration.read(Environment(settings)), [])
    yield system
    await system.close()


def log(folder: Path) -> list[str]:
    """Return what the workers have written."""
    written = folder / "log"
    return written.read_text().splitlines() if written.exists() else []


async def until(folder: Path, *begins: str) -> list[str]:
    """Wait until the lines of the log begin so."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            lines = log(folder)
            if [line.rsplit(" ", 2)[0] for line in lines] == [*begins]:
                return lines
            await asyncio.sleep(0.02)


@contextmanager
def file(path: Path) -> Iterator[None]:
    """Have the file there for as long as the block lasts."""
    path.touch()
    yield
    path.unlink()


async def test_a_job_whose_worker_is_killed_is_run_again(
    tmp_path: Path, worker: Worker, sender: System
) -> None:
    with file(tmp_path / "hold"):
        async with worker() as first:
            await sender.core.durable_jobs().send(Note(name="a"))
            await until(tmp_path, "began a")
            first.signal(posix("SIGKILL"))
            await first.ended()
    async with worker():
        lines = await until(tmp_path, "began a", "began a", "done a")
        assert len({line.split(" ")[2] for line in lines[:2]}) == 2
        # The first job is done, and not run again.
        await sender.core.durable_jobs().send(Note(name="b"))
        await until(tmp_path, "began a", "began a", "done a", "began b", "done b")


async def test_one_that_fails_is_retried_dead_lettered_and_replayed(
    tmp_path: Path, worker: Worker, sender: System
) -> None:
    dead_letters = sender.core.dead_letters()
    async with worker() as process:
        with file(tmp_path / "broken"):
            await sender.core.durable_jobs().send(Note(name="a"))
            async with asyncio.timeout(TIMEOUT):
                while not await dead_letters.count():
                    await asyncio.sleep(0.05)
                counted = 'durable_jobs_dead_lettered_total{job="note.v1"} 1.0'
                async with httpx.AsyncClient() as http:
                    while counted not in (await http.get(f"{process.ops}/metrics")).text:
                        await asyncio.sleep(0.05)
        await until(tmp_path, *["began a"] * 3)
        walk = dead_letters.walk()
        async for letter in walk:
            assert letter.message.reason == "failed: note.v1: on purpose"
            assert letter.message.failures.count == 3
            await letter.replay()
        await until(tmp_path, *["began a"] * 4, "done a")
    assert await dead_letters.count() == 0


async def test_one_with_a_time_waits_for_it_over_a_restart(
    tmp_path: Path, worker: Worker, sender: System
) -> None:
    async with worker() as first:
        time = datetime.now(UTC) + timedelta(seconds=6)
        await sender.core.durable_jobs().send(Note(name="later"), not_before=time)
        await sender.core.durable_jobs().send(Note(name="now"))
        await until(tmp_path, "began now", "done now")
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
    async with worker():
        lines = await until(tmp_path, "began now", "done now", "began later", "done later")
        assert float(lines[2].split(" ")[3]) >= time.timestamp()


async def test_one_that_no_worker_takes_yet_waits_for_it(
    tmp_path: Path, settings: dict[str, str], worker: Worker, sender: System
) -> None:
    # The relay of a process without a worker publishes it, and no queue is bound.
    async with serving(tmp_path, "--role", "producer", **settings):
        await sender.core.durable_jobs().send(Note(name="early"))
        async with asyncio.timeout(TIMEOUT):
            while await sender.core.broker().unrouted.count() == 0:
                await asyncio.sleep(0.05)
    async with worker():
        await until(tmp_path, "began early", "done early")
