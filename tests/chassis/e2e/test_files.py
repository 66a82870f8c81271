"""The files that commands make in a folder, and those that they leave unchanged."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.e2e.process import run
from tests.free_ports import FREE_PORTS

LATER = "UPDATE alembic_version SET version_num = 'service_9999' WHERE version_num LIKE 'service%'"


@pytest.mark.parametrize(
    "arguments",
    (
        ("dead-letters", "list"),
        ("dead-letters", "list", "--by", "reason"),
        ("dead-letters", "show", "1"),
        ("dead-letters", "replay", "--all"),
        ("dead-letters", "purge", "--all"),
        ("migrate", "--check"),
    ),
    ids=" ".join,
)
def test_a_command_in_a_wrong_folder_makes_no_database(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ended = run(tmp_path, *arguments)

    assert ended.returncode == 1, ended
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"error: there is no database at {tmp_path}/var/app.db: ")
    assert last.endswith("run migrate")
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_that_there_is_none_and_makes_none(tmp_path: Path) -> None:
    ended = run(tmp_path, "doctor", **FREE_PORTS)

    [line] = [line for line in ended.stdout.splitlines() if "database" in line]
    assert line == (
        f"✓ database: there is no database yet; serve or migrate creates it: {tmp_path}/var/app.db"
    )
    assert list(tmp_path.iterdir()) == []


def test_migrate_says_what_it_has_made(tmp_path: Path) -> None:
    first, second = run(tmp_path, "migrate"), run(tmp_path, "migrate")

    assert f"created a new database: {tmp_path}/var/app.db\n" in first.stdout
    assert "created" not in second.stdout
    assert second.stdout.startswith("the database is current: ")


@pytest.mark.parametrize("arguments", ((), ("--to", "base"), ("--to", "service@-1")))
def test_a_database_of_a_newer_release_is_not_migrated(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "var" / "app.db") as newer:
        newer.execute(LATER)
    newer.close()

    ended = run(tmp_path, "migrate", *arguments)

    assert ended.returncode == 1, ended
    assert ended.stderr == (
        "error: the database is ahead of this code: a newer release has added service_9999. This "
        "code can serve it, and cannot migrate it: install the newer release to do that\n"
    )


@pytest.mark.parametrize("command", ("serve", "doctor"))
def test_a_line_of_the_env_file_that_cannot_be_read(tmp_path: Path, command: str) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\nAUTH_TOKEN='s3cr3t\nHTTP_PORT=0\n")

    ended = run(tmp_path, command, "--json") if command == "doctor" else run(tmp_path, command)

    assert ended.returncode == (1 if command == "doctor" else 2), ended
    told = ".env, line 2 cannot be read: write NAME=value, and close each quote"
    if command == "doctor":
        assert [found["advice"] for found in json.loads(ended.stdout)] == [told]
    else:
        assert ended.stderr == f"error: {told}\n"
    assert "s3cr3t" not in ended.stdout + ended.stderr
