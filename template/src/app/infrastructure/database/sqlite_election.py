"""Leader election beside an SQLite file: a lock on a file, which lives as long as its process."""

import fcntl
import os
from pathlib import Path

from app.infrastructure.database.errors import away

SUFFIX = ".leader"


class SqliteElection:
    """A candidate of one process; several in one process are candidates like any others.

    A process that stands still goes on leading: the file is for one process, and nobody else who
    could lead would be there.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + SUFFIX)
        self._file: int | None = None

    @property
    def is_leader(self) -> bool:
        """Whether the lock is this candidate's."""
        return self._file is not None

    async def campaign(self) -> bool:
        """Lock the file where it is free, unless this candidate has it."""
        try:
            if self._file is not None and not self._is_there(self._file):
                await self.resign()
            if self._file is None:
                self._file = self._lock()
        except OSError as error:
            await self.resign()
            raise away(
                f"cannot lock {self._path} ({error.strerror}): set DATABASE_URL to a file in a "
                "folder that this user may write"
            ) from error
        return self.is_leader

    async def resign(self) -> None:
        """Close the file, which unlocks it; it stays, since another may be about to lock it."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _lock(self) -> int | None:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        except OSError:
            os.close(file)
            raise
        return file

    def _is_there(self, file: int) -> bool:
        """Return whether others meet the same file: one that was removed keeps nobody out."""
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False
