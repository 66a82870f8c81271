"""Locks next to an SQLite file: a lock file for each, while it is held."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from chassis.application.errors import Unavailable
from chassis.application.ports.fences import Fences
from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.sqlite_lock_file import SqliteLockFile


class SqliteLocks:
    """The `Locks` of one process.

    A frozen process keeps its locks: the file is for one process, so no other one waits.
    """

    lease = 5.0

    def __init__(self, database: Path, fences: Fences) -> None:
        self._database = database
        self._fences = fences
        self._held: dict[Grant, SqliteLockFile] = {}

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        """Lock the file of this name, and mint the token."""
        path = self._database.with_name(f"{self._database.name}.{quote(name, safe='')}")
        file = SqliteLockFile(path)
        try:
            if not file.lock():
                return None
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise Unavailable(
                f"cannot lock {path} ({reason}): set DATABASE_URL to a file in a "
                "folder that this user may write"
            ) from error
        try:
            grant = Grant(name, await self._fences.mint(name))
        except BaseException:
            file.unlock()
            raise
        self._held[grant] = file
        return grant

    async def renew(self, grant: Grant) -> bool:
        """Return whether the file is still there; a removed one excludes no other process."""
        if self.holds(grant):
            return True
        await self.release(grant)
        return False

    def holds(self, grant: Grant) -> bool:
        """Return whether the file is locked."""
        file = self._held.get(grant)
        return file is not None and file.is_locked()

    async def release(self, grant: Grant) -> None:
        """Remove the file and the token."""
        file = self._held.pop(grant, None)
        if file is not None:
            with suppress(Unavailable):
                await self._fences.forget(grant)
            file.unlock()

    async def close(self) -> None:
        """Release all."""
        for grant in list(self._held):
            await self.release(grant)
