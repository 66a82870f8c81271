"""The mode of a new SQLite file, which several processes may make at the same time."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer

from chassis.infrastructure.database.sqlite_file import SqliteFile


def test_waits_for_another_process_that_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    file = SqliteFile(path)
    file.make()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        release = Timer(0.3, other.execute, ("ROLLBACK",))
        release.start()
        file.use_wal(60)
        release.join()

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_does_not_wait_for_what_will_not_change(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("no database, but long enough to have a header of one " * 10)
    SqliteFile(path).use_wal(60)

    assert path.read_text().startswith("no database")
