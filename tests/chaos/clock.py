"""A clock of its own for one process, which can be set while it runs."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIBRARIES = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",
    "/usr/lib*/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
)
# How long the library trusts what it has read, in whole seconds that must be over.
CACHED = "1"


class Clock:
    """Goes a number of seconds before or behind the machine's; the monotonic one is left alone.

    `environment` is what a process has to be started with.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.environment = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": CACHED,
            # Waits and time limits are measured by it, and no hardware sets it.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # One file and one semaphore for each process, which a kill would leave behind.
            "FAKETIME_DISABLE_SHM": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, seconds: float) -> None:
        """Let it go so far before the machine's, or behind; it is heard of within two seconds."""
        # By a rename: a process that reads meanwhile would find an empty file.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+.3f}\n")
        fresh.rename(self._file)


@contextmanager
def clocks(count: int) -> Iterator[list[Clock]]:
    """Return that many clocks, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="shallot-clocks-") as folder:
        yield [Clock(Path(folder) / str(number)) for number in range(count)]


def lacks() -> str:
    """Return what this machine has not got for it, or ""."""
    return "" if library() else "libfaketime (apt-get install libfaketime)"


def library() -> Path | None:
    """Return the library that gives a process another clock."""
    root = Path("/")
    found = (path for pattern in LIBRARIES for path in root.glob(pattern.lstrip("/")))
    return next(found, None)
