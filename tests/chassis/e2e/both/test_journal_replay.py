"""A read model that is filled from the journal by the command `journal replay`."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.application.notification.mapping import REGISTERED
from chassis.application.streaming.messages import Subscribe
from tests.chassis.unit.application.streaming.log import Items, take
from tests.e2e.process import TIMEOUT, environment, run
from tests.harness import Service

COUNT = 7
MANY = 20_000
# The event that is there, many times more, each under an id of its own.
COPIES = f"""
    WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY})
    INSERT INTO journal (id, registered_at, receiver, action_type, type, data)
    SELECT substr(id, 1, 20) || printf('%012x', n), registered_at, receiver, action_type, type, data
    FROM journal, numbers
"""


def url_of(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/app.db"


def replay(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "journal", "replay", *arguments, DATABASE_URL=url_of(folder))


def rows(folder: Path, change: str = "") -> list[tuple[Any, ...]]:
    """Return the notifications, after a change."""
    with closing(sqlite3.connect(folder / "app.db")) as database, database:
        if change:
            database.execute(change)
        return database.execute("SELECT * FROM notifications ORDER BY id").fetchall()


async def ingested(folder: Path, count: int) -> list[str]:
    """Have a service ingest so many notifications; return their cursors."""
    async with Service.running(folder) as service:
        stream = Items(await service.ask(Subscribe()))
        await anext(stream)
        for number in range(count):
            await service.send(receiver="ada", action_type="greeted", action_data={"n": number})
        cursors = await take(stream, count)
        await stream.aclose()
    return cursors


async def test_the_table_is_filled_again_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    cursors = await ingested(tmp_path, COUNT)
    before = rows(tmp_path)
    assert rows(tmp_path, "DELETE FROM notifications") == []

    part = replay(tmp_path, "--type", REGISTERED, "--from", cursors[2])
    told = f"replayed: {COUNT - 3} events, up to {cursors[-1]}\n"
    assert (part.returncode, part.stdout) == (0, told), part
    assert rows(tmp_path) == before[3:]
    for _ in range(2):
        whole = replay(tmp_path, "--type", REGISTERED)
        told = f"replayed: {COUNT} events, up to {cursors[-1]}\n"
        assert (whole.returncode, whole.stdout) == (0, told), whole
        assert rows(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "reason"),
    (
        (("--type", "unknown.v1"), f"choose from {REGISTERED}"),
        (("--type", REGISTERED, "--from", "nonsense"), "--from takes a cursor of a stream"),
        (("--type", REGISTERED, "--from", "0000.1"), "--from names another epoch"),
    ),
)
async def test_what_cannot_be_replayed_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    async with Service.running(tmp_path):
        pass

    refused = replay(tmp_path, *arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert reason in refused.stderr.replace("\n", " ")


async def test_a_signal_ends_it_and_the_printed_cursor_goes_on(tmp_path: Path) -> None:
    await ingested(tmp_path, 1)
    rows(tmp_path, COPIES)
    assert rows(tmp_path, "DELETE FROM notifications") == []

    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "journal", "replay", "--type", REGISTERED),
        cwd=tmp_path,
        env=environment({"DATABASE_URL": url_of(tmp_path)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(TIMEOUT):
        while not rows(tmp_path):
            await asyncio.sleep(0.01)
        child.send_signal(signal.SIGTERM)
        out, err = (text.decode() for text in await child.communicate())

    stored = len(rows(tmp_path))
    _, _, cursor = out.strip().rpartition(" ")
    assert 0 < stored <= MANY // 2
    assert (child.returncode, out) == (1, f"replayed: {stored:,} events, up to {cursor}\n")
    assert err == f"error: stopped before the end: continue with --from {cursor}\n"
    rest = replay(tmp_path, "--type", REGISTERED, "--from", cursor)
    assert rest.stdout.startswith(f"replayed: {MANY + 1 - stored:,} events, up to "), rest
    assert len(rows(tmp_path)) == MANY + 1
