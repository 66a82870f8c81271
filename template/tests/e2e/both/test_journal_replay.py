"""A read model that is filled from the journal by the command `journal replay`."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.application.following.messages import Subscribe
from app.application.notification.mapping import REGISTERED
from tests.e2e.process import run
from tests.harness import Service
from tests.unit.application.following.log import Items, take

COUNT = 7


def replay(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = f"sqlite+aiosqlite:///{folder}/app.db"
    return run(folder, "journal", "replay", *arguments, DATABASE_URL=url)


def rows(folder: Path, change: str = "") -> list[tuple[Any, ...]]:
    """Return the notifications, after a change."""
    with closing(sqlite3.connect(folder / "app.db")) as database, database:
        if change:
            database.execute(change)
        return database.execute("SELECT * FROM notifications ORDER BY id").fetchall()


async def test_the_table_is_filled_again_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    async with Service.running(tmp_path) as service:
        stream = Items(await service.ask(Subscribe()))
        await anext(stream)
        for number in range(COUNT):
            await service.send(receiver="ada", action_type="greeted", action_data={"n": number})
        cursors = await take(stream, COUNT)
        await stream.aclose()
    before = rows(tmp_path)
    assert rows(tmp_path, "DELETE FROM notifications") == []

    part = replay(tmp_path, "--type", REGISTERED, "--from", cursors[2])
    assert (part.returncode, part.stdout) == (0, f"replayed: {COUNT - 3} events\n"), part
    assert rows(tmp_path) == before[3:]
    for _ in range(2):
        whole = replay(tmp_path, "--type", REGISTERED)
        assert (whole.returncode, whole.stdout) == (0, f"replayed: {COUNT} events\n"), whole
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
