import sqlite3
from pathlib import Path

import pytest

from benchmarks.embedded import check, rows


def test_connections_that_wait_for_the_disk_are_taken() -> None:
    check(["starting", "journal_mode wal", "synchronous 2"])


@pytest.mark.parametrize("line", ["synchronous 1", "synchronous 20"])
def test_connections_that_do_not_wait_for_it_are_refused(line: str) -> None:
    with pytest.raises(RuntimeError, match="synchronous 2"):
        check(["starting", "journal_mode wal", line])


def test_rows_are_counted_from_outside(tmp_path: Path) -> None:
    file = tmp_path / "app.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE notifications (id TEXT)")
        connection.executemany("INSERT INTO notifications VALUES (?)", [("a",), ("b",)])
    connection.close()

    assert rows(file) == 2
