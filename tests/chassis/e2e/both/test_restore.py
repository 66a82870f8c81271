"""An SQLite file that is put back from a backup: streams get what is new, or a reset."""

import asyncio
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from chassis.application.errors import Unavailable
from chassis.application.streaming.messages import StreamItem, Subscribe
from tests.chassis.unit.application.streaming.log import Items, settled, take
from tests.e2e.process import run
from tests.harness import Service

BEFORE, LOST, NEW = 3, 5, 9


@asynccontextmanager
async def followed(
    service: Service, cursor: str | None = None
) -> AsyncIterator[tuple[Items, StreamItem]]:
    """Open a stream; yield it with its first item."""
    stream = Items(await service.ask(Subscribe(cursor=cursor)))
    try:
        yield stream, await anext(stream)
    finally:
        await stream.aclose()


async def send(service: Service, count: int) -> None:
    for _ in range(count):
        await service.send(receiver="ada", action_type="greeted")


async def cursor_after(service: Service, count: int) -> str:
    """Register that many, and return the cursor of a subscriber that got them."""
    async with followed(service) as (stream, _):
        await send(service, count)
        return (await take(stream, count))[-1]


def copy(source: Path, target: Path) -> None:
    """Copy one database into another, as the backup command of the `sqlite3` program does."""
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)


def new_epoch(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, "journal", "new-epoch", DATABASE_URL=f"sqlite+aiosqlite:///{folder}/app.db")


async def test_a_file_put_back_while_the_service_is_stopped(tmp_path: Path) -> None:
    file, backup = tmp_path / "app.db", tmp_path / "backup.db"
    async with Service.running(tmp_path) as service:
        await cursor_after(service, BEFORE)
    copy(file, backup)
    async with Service.running(tmp_path) as service:
        cursor = await cursor_after(service, LOST)
    backup.replace(file)

    ended = new_epoch(tmp_path)

    assert ended.returncode == 0, ended
    assert ended.stdout.startswith("the new epoch: ")
    async with Service.running(tmp_path) as service:
        fresh = await cursor_after(service, NEW)
        async with followed(service, cursor) as (_, first):
            assert first == StreamItem(event="reset", cursor=fresh)
        async with followed(service, fresh) as (_, first):
            assert first.event == "heartbeat"


async def test_the_command_reaches_a_service_that_runs(tmp_path: Path) -> None:
    async with Service.running(tmp_path) as service:
        cursor = await cursor_after(service, BEFORE)
        async with followed(service) as (stream, _):
            waiting = await settled(stream)
            ended = await asyncio.to_thread(new_epoch, tmp_path)
            assert ended.returncode == 0, ended
            reset = await waiting
            assert reset.event == "reset"
            async with followed(service, cursor) as (_, first):
                assert first == reset
            await send(service, 1)
            assert len(await take(stream, 1)) == 1


async def test_a_backup_restored_into_the_file_of_a_service_that_runs(tmp_path: Path) -> None:
    file, backup = tmp_path / "app.db", tmp_path / "backup.db"
    async with Service.running(tmp_path) as service:
        await cursor_after(service, BEFORE)
        await asyncio.to_thread(copy, file, backup)
        cursor = await cursor_after(service, LOST)
        async with followed(service) as (stream, _):
            waiting = await settled(stream)
            await asyncio.to_thread(copy, backup, file)
            reset = await waiting
            assert reset.event == "reset"
            # Under positions that were given before.
            await send(service, NEW)
            assert len(await take(stream, NEW)) == NEW
        async with followed(service, cursor) as (_, first):
            assert first.event == "reset"


async def test_a_file_put_in_the_place_of_one_that_is_open(tmp_path: Path) -> None:
    file, backup = tmp_path / "app.db", tmp_path / "backup.db"
    async with Service.running(tmp_path) as service:
        await cursor_after(service, BEFORE)
        copy(file, backup)
        backup.replace(file)
        # The open file is not the one that will be there after a restart.
        with pytest.raises(Unavailable, match="was replaced while the service runs"):
            await send(service, 1)
        assert (await service.system.readiness.status()).status == "unready"


def test_the_command_makes_no_database(tmp_path: Path) -> None:
    ended = new_epoch(tmp_path)

    assert ended.returncode == 1
    assert ended.stderr.startswith("error: there is no database ")
    assert not (tmp_path / "app.db").exists()
