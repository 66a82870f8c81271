"""A lock among processes: a transaction on a file of its own, which SQLite keeps open.

SQLite can lock a file on every system that it supports. The lock ends with its process.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path


class SqliteLockFile:
    """The lock of one file; several of one process compete like those of any others.

    Errors are `OSError` and `sqlite3.Error`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: sqlite3.Connection | None = None
        self._file: os.stat_result | None = None

    def lock(self) -> bool:
        """Lock the file if it is free, and return whether that succeeded."""
        self._make()
        # Before it is opened: if it is replaced meanwhile, `is_locked` finds another one.
        self._file = self._path.stat()
        lock = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            # Nothing is written, so no journal file is needed.
            lock.execute("PRAGMA journal_mode = MEMORY")
            lock.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            lock.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return False
            raise
        self._lock = lock
        if self.is_locked():
            return True
        # The last holder has removed the file meanwhile.
        self.unlock()
        return False

    def is_locked(self) -> bool:
        """Return whether the file is locked, and still there: a removed one excludes no process."""
        if self._lock is None or self._file is None:
            return False
        try:
            return os.path.samestat(self._file, self._path.stat())
        except FileNotFoundError:
            return False

    def unlock(self) -> None:
        """Remove the file, if it is still this one, and unlock it."""
        if self.is_locked():
            # Windows removes no open file: then it stays.
            with suppress(OSError):
                self._path.unlink()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def _make(self) -> None:
        # Never an existing one: closing it would drop the locks that this process has on it.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
