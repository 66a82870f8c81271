"""Leader election for an SQLite file: a transaction on a lock file of its own.

SQLite can lock that file on every system that it supports. The lock ends with its process.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from chassis.application.errors import Unavailable

SUFFIX = ".leader"


class SqliteElection:
    """A candidate of one process; several in one process compete like any others.

    A frozen process stays the leader: the file is for one process, so there is no other candidate.
    """

    def __init__(self, database: Path, name: str = "") -> None:
        self._path = database.with_name(f"{database.name}{SUFFIX}{name and '-'}{name}")
        self._lock: sqlite3.Connection | None = None
        self._file: os.stat_result | None = None

    @property
    def is_leader(self) -> bool:
        """Whether the lock is this candidate's."""
        return self._lock is not None

    async def campaign(self) -> bool:
        """Lock the file if it is free, unless this candidate has it."""
        try:
            if self._lock is not None and not self._is_there():
                await self.resign()
            if self._lock is None:
                self._make()
                self._lock = self._try_to_lock()
        except (OSError, sqlite3.Error) as error:
            await self.resign()
            reason = error.strerror if isinstance(error, OSError) else error
            raise Unavailable(
                f"cannot lock {self._path} ({reason}): set DATABASE_URL to a file in a "
                "folder that this user may write"
            ) from error
        return self.is_leader

    async def resign(self) -> None:
        """Unlock the file; it stays, since another candidate may be about to lock it."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def _make(self) -> None:
        # Never an existing one: closing it would drop the locks that this process has on it.
        with suppress(FileExistsError):
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def _try_to_lock(self) -> sqlite3.Connection | None:
        # Before it is opened: if it is replaced meanwhile, the next campaign notices.
        self._file = self._path.stat()
        lock = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            # Nothing is written, so no journal file is needed.
            lock.execute("PRAGMA journal_mode = MEMORY")
            lock.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            lock.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return None
            raise
        return lock

    def _is_there(self) -> bool:
        """Return whether other candidates see this file: a removed one excludes none of them."""
        assert self._file is not None
        try:
            return os.path.samestat(self._file, self._path.stat())
        except FileNotFoundError:
            return False
