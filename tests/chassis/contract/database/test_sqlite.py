"""Promises of SQLite alone: durability, and errors that say what to do."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from chassis.application.errors import ConstraintViolated, Unavailable
from chassis.domain.ids import new_id
from chassis.infrastructure.database import sqlite
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from tests.chassis.contract.database.test_outbox import add
from tests.contract.database.stores import sql_store

INSERT = text("INSERT INTO dead_letters (body, reason, parked_at) VALUES (zeroblob(:n), '', 0)")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path}/app.db")
    await migrate(opened.url)
    yield opened
    await opened.close()


async def write(database: Database, size: int = 1) -> None:
    async with database.transaction() as connection:
        await connection.execute(INSERT, {"n": size})


async def test_what_was_committed_survives_a_power_cut(database: Database) -> None:
    async with database.transaction() as connection:
        wal = await connection.scalar(text("PRAGMA journal_mode"))
        full = await connection.scalar(text("PRAGMA synchronous"))
        keys = await connection.scalar(text("PRAGMA foreign_keys"))
    assert (wal, full, keys) == ("wal", 2, 1)


async def test_a_file_that_is_locked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.1)
    other = sqlite3.connect(database.url.removeprefix("sqlite+aiosqlite:///"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked by another process"):
        await write(database)
    await database.check()
    other.rollback()
    other.close()
    await write(database)


async def test_a_full_disk(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("PRAGMA max_page_count = 50"))
    with pytest.raises(Unavailable, match="disk is full"):
        await write(database, 1_000_000)
    await write(database)


async def test_a_file_that_was_removed(database: Database, tmp_path: Path) -> None:
    await database.check()
    (tmp_path / "app.db").unlink()
    with pytest.raises(Unavailable, match="was removed"):
        await database.check()


async def test_nothing_is_committed_to_a_file_that_was_removed(
    database: Database, tmp_path: Path
) -> None:
    await write(database)
    with pytest.raises(Unavailable, match="was removed"):
        async with database.transaction() as connection:
            await connection.execute(INSERT, {"n": 1})
            # Later than anything that could be asked before the commit.
            (tmp_path / "app.db").unlink()
    for use in (database.transaction, database.snapshot, database.single):
        with pytest.raises(Unavailable, match="was removed"):
            async with use():
                pytest.fail("it opens")


async def test_a_file_that_was_replaced(database: Database, tmp_path: Path) -> None:
    await write(database)
    backup = tmp_path / "backup.db"
    backup.write_bytes((tmp_path / "app.db").read_bytes())
    backup.rename(tmp_path / "app.db")

    for use in (database.transaction, database.snapshot):
        with pytest.raises(Unavailable, match=r"was replaced .* run journal new-epoch"):
            async with use():
                pytest.fail("it opens")
    with pytest.raises(Unavailable, match="was replaced"):
        await database.check()
    # The next use opens what is there.
    await database.close()
    await write(database)
    await database.check()


async def test_a_file_that_is_read_only(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, who may write everything.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Unavailable, match="is read-only: set DATABASE_URL to"):
        await database.check()


@pytest.mark.parametrize(
    ("name", "reason"),
    (
        ("file/app.db", "cannot make the folder"),
        ("", "cannot be opened"),
        ("file", "is not an SQLite database"),
    ),
)
async def test_a_place_where_no_database_can_be(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").write_text("not a database" * 100)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / name}")
    with pytest.raises(Unavailable, match=reason):
        await database.check()
    with pytest.raises(Unavailable, match=reason):
        await migrate(database.url)
    await database.close()


async def test_a_database_that_was_never_migrated(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/deep/er/app.db")
    with pytest.raises(Unavailable, match="run migrate"):
        await write(database)
    await database.close()


async def test_mistakes_are_no_outage(database: Database) -> None:
    async def run(statement: str) -> None:
        async with database.transaction() as connection:
            await connection.execute(text(statement))

    async def write_into_a_snapshot() -> None:
        async with database.snapshot() as connection:
            await connection.execute(INSERT, {"n": 1})

    with pytest.raises(ConstraintViolated, match=r"NOT NULL constraint failed: dead_letters\.\w+$"):
        await run("INSERT INTO dead_letters (reason) VALUES (NULL)")
    with pytest.raises(OperationalError):
        await run("SELEKT 1")
    with pytest.raises(OperationalError, match="readonly"):
        await write_into_a_snapshot()


@pytest.mark.parametrize(
    "url",
    (
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file:app.db?mode=memory&uri=true",
        "sqlite:///app.db",
        "mysql://user:secret@host/name",
        "postgresql+asyncpg://user:se:cret@host:port/name",
        "secret",
        "",
    ),
)
def test_urls_that_name_no_database(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite") as raised:
        Database(url)
    assert "cret" not in str(raised.value)


async def test_ids_of_another_kind_are_not_found(database: Database) -> None:
    async with sql_store(database).work.begin() as work:
        for identity in (uuid4(), new_id(sql_store(database).clock())):
            assert await work.notifications.get(identity) is None
            assert await work.notifications.set_seen(identity, True) is None


async def test_no_envelope_waits_longer_than_a_minute(database: Database) -> None:
    store = sql_store(database)
    await add(store, 1)
    for _ in range(20):
        async with store.outbox_reader.claim(1) as claim:
            assert claim.envelopes
        store.clock.turn(seconds=60)


async def test_a_lock_on_a_file_that_was_removed_is_no_lead(
    database: Database, tmp_path: Path
) -> None:
    first, second = database.election(), database.election()
    await first.campaign()
    (tmp_path / "app.db.leader").unlink()
    assert await second.campaign() is True

    assert await first.campaign() is False

    assert (first.is_leader, second.is_leader) == (False, True)
    await second.resign()


async def test_a_folder_in_which_nothing_can_be_locked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    election = Database(f"sqlite+aiosqlite:///{tmp_path}/file/app.db").election()
    with pytest.raises(Unavailable, match=r"cannot lock .*: set DATABASE_URL to"):
        await election.campaign()
    assert not election.is_leader


async def test_close_ends_every_connection_and_the_next_use_opens_new_ones(
    database: Database,
) -> None:
    for _ in range(2):
        await asyncio.gather(*(write(database) for _ in range(3)))
        await database.check()
        await database.close()


def modes(folder: Path) -> dict[str, int]:
    """Return the mode of the folder, and of each file in it by its name."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}


@pytest.fixture
def lax() -> Iterator[None]:
    """A user whose new files are readable and writable for all."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("lax")
async def test_what_is_made_is_this_users_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/deep/var/app.db")
    await migrate(database.url)
    election = database.election()
    await election.campaign()
    await write(database)

    found = modes(tmp_path / "deep" / "var")

    assert found.pop("var") == 0o700
    assert set(found) == {"app.db", "app.db-wal", "app.db-shm", "app.db.leader"}
    assert set(found.values()) == {0o600}
    assert modes(tmp_path / "deep")["deep"] == 0o700
    assert await database.advice() is None
    await election.resign()
    await database.close()


@pytest.mark.usefixtures("lax")
async def test_who_may_read_a_file_that_is_there_is_told_and_not_changed(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "app.db"
    path.chmod(0o644)

    assert await database.advice() == (f"other users of this machine may read it: chmod 600 {path}")
    await migrate(database.url)
    assert modes(tmp_path)["app.db"] == 0o644


async def test_only_migrations_make_a_database(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/var/app.db")
    told = r"there is no database at /.*/app\.db: run this in the folder"
    for opened in (database.transaction, database.snapshot, database.single):
        with pytest.raises(Unavailable, match=told):
            async with opened():
                pass
    with pytest.raises(Unavailable, match="there is no database"):
        await database.check()
    assert database.is_missing()
    assert not (tmp_path / "var").exists()
    await migrate(database.url)
    assert not database.is_missing()
    await database.check()
    await database.close()
