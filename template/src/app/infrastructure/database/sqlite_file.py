"""The file of an SQLite database, which may be removed or replaced while it is open."""

from pathlib import Path

from app.infrastructure.database.errors import away


class SqliteFile:
    """Remembers which file was opened: writes to one that has no name any more are lost.

    By device and inode, as SQLite itself does where it keeps a rollback journal; not with a file of
    its own, since closing that would take SQLite's locks away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

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

    def must_exist(self) -> None:
        """Raise `Unavailable` where there is no file."""
        if not self._path.exists():
            raise away(
                f"there is no database {self._path} here: call this in the folder of the service, "
                "or correct DATABASE_URL"
            )

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
