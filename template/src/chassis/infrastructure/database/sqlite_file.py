"""The file of an SQLite database: its creation, its permissions, and whether it still exists."""

import os
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

from chassis.application.errors import Unavailable
from chassis.infrastructure.database.errors import away

ADVICE = "set DATABASE_URL to a file that this user may write"

_FOLDER = 0o700
# SQLite gives its companion files (`-wal`, `-shm`) the mode of the database.
_FILE = 0o600


class SqliteFile:
    """Remembers which file was opened: writes to a file without a name are lost.

    By device and inode, as SQLite itself does for a rollback journal. Not by an open file, since
    closing that would drop SQLite's locks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def is_missing(self) -> bool:
        """Return whether the file is missing, and can be created; raises `Unavailable`."""
        if self._path.exists():
            return False
        folder = next(folder for folder in self._path.parents if folder.exists())
        if not folder.is_dir():
            raise self._no_folder(f"{folder} is a file")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise self._no_folder(f"{folder} is not writable")
        return True

    def must_exist(self) -> None:
        """Raise `Unavailable` if there is no file: SQLite would create an empty one."""
        if self.is_missing():
            raise away(
                f"there is no database at {self._path.absolute()}: run this in the folder of the "
                "service, or create one: run migrate"
            )

    def make(self) -> None:
        """Create an empty database, and its folder, for this user alone, if it is missing.

        Existing files keep their mode: other users may have access on purpose. Raises
        `Unavailable`.
        """
        if not self.is_missing():
            return
        missing = [folder for folder in self._path.parents if not folder.exists()]
        try:
            for folder in reversed(missing):
                folder.mkdir(mode=_FOLDER, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, _FILE))
        except OSError as error:
            raise self._no_folder(error.strerror) from error

    def use_wal(self, timeout: float) -> None:
        """Have readers and a writer work at the same time, from now on and for all processes.

        SQLite does not always wait while another process changes this, whatever the timeout of its
        connection. So this waits, for `timeout` seconds at most. The next connection reports all
        else.
        """
        end = time.monotonic() + timeout
        with closing(sqlite3.connect(self._path, timeout=0)) as connection:
            while time.monotonic() < end:
                try:
                    connection.execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.Error as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                        return
                time.sleep(0.01)

    def advice(self) -> str | None:
        """Return what to do if other users of this machine can read the database."""
        other = self._path.with_name(f"{self._path.name}-wal")
        readable = [
            str(path)
            for path in (self._path, other)
            if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
        ]
        # Modes mean nothing on other systems.
        if not readable or os.name != "posix":
            return None
        return f"other users of this machine may read it: chmod 600 {' '.join(readable)}"

    def opened(self) -> None:
        """Remember the file, unless another connection did."""
        if self._opened is None:
            self._opened = self._found()

    def closed(self) -> None:
        """Forget it: the next connection may open another file."""
        self._opened = None

    def check(self) -> None:
        """Raise `Unavailable` if the path leads to another file than was opened, or to none."""
        if self._opened is None or (found := self._found()) == self._opened:
            return
        if found is None:
            raise away(
                f"the database {self._path} was removed while the service runs, and is gone when "
                "it stops: save what is in /proc/PID/fd, or stop it and put a backup there"
            )
        raise away(
            f"the database {self._path} was replaced while the service runs: stop the service, run "
            "journal new-epoch, and start it again"
        )

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _no_folder(self, reason: str | None) -> Unavailable:
        folder = self._path.parent
        return away(f"cannot make the folder {folder} of the database ({reason}): {ADVICE}")
