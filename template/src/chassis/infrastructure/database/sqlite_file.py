"""The file of an SQLite database: who makes it, who may read it, and whether it is still there."""

import os
import stat
from pathlib import Path

from chassis.application.errors import Unavailable
from chassis.infrastructure.database.errors import away

ADVICE = "set DATABASE_URL to a file that this user may write"

_FOLDER = 0o700
# SQLite gives the files next to it (`-wal`, `-shm`) the mode of the database.
_FILE = 0o600


class SqliteFile:
    """Remembers which file was opened: writes to one that has no name any more are lost.

    By device and inode, as SQLite itself does where it keeps a rollback journal; not with a file of
    its own, since closing that would take SQLite's locks away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def is_missing(self) -> bool:
        """Return whether there is none, and one could be made; raises `Unavailable`."""
        if self._path.exists():
            return False
        folder = next(folder for folder in self._path.parents if folder.exists())
        if not folder.is_dir():
            raise self._no_folder(f"{folder} is a file")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise self._no_folder(f"{folder} is not writable")
        return True

    def must_exist(self) -> None:
        """Raise `Unavailable` where there is no file: SQLite would make an empty one."""
        if self.is_missing():
            raise away(
                f"there is no database at {self._path.absolute()}: call this in the folder of the "
                "service, or make one: run migrate"
            )

    def make(self) -> None:
        """Make an empty database, and its folder, for this user alone, where there is none.

        What is there keeps its mode: others may have been let in on purpose. Raises `Unavailable`.
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

    def advice(self) -> str | None:
        """Return what to do where other users of this machine can read the database."""
        other = self._path.with_name(f"{self._path.name}-wal")
        readable = [
            str(path)
            for path in (self._path, other)
            if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
        ]
        # Modes mean nothing elsewhere.
        if not readable or os.name != "posix":
            return None
        return f"other users of this machine may read it: chmod 600 {' '.join(readable)}"

    def opened(self) -> None:
        """Take note of the file, unless another connection did."""
        if self._opened is None:
            self._opened = self._found()

    def closed(self) -> None:
        """Forget it: the next connection may open another file."""
        self._opened = None

    def check(self) -> None:
        """Raise `Unavailable` where the path leads to another file than was opened, or to none."""
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
