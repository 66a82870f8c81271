"""The source of a secret, which can be read again while the service runs."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from chassis.infrastructure.secrets.bounded import read_bytes

log = logging.getLogger(__name__)

# Seconds between two looks at a file, and between two runs of a command.
POLL_INTERVAL = 1.0


class SecretUnreadable(Exception):
    """A secret cannot be read; the text says why, without the secret. The setting precedes it."""


class SecretSource:
    """A file, or a command, that has a secret; keeps the last one that could be read.

    `setting` names it in logs, such as `DATABASE_URL_FILE`. `file` is the file that `read` reads,
    `None` for a command. Raises `SecretUnreadable` if the first read fails.
    """

    def __init__(self, setting: str, read: Callable[[], str], file: Path | None = None) -> None:
        self.setting = setting
        self._file = file
        self._read = read
        self._stamp = _stamp(file)
        self.text = read()
        self._looked = time.monotonic()
        self._renewing: asyncio.Task[None] | None = None

    @property
    def is_file(self) -> bool:
        """Whether a change is seen without running a command."""
        return self._file is not None

    def look(self) -> str:
        """Return the text; first read a file again that has changed, at most once a second."""
        now = time.monotonic()
        if self._file is None or now - self._looked < POLL_INTERVAL:
            return self.text
        self._looked = now
        stamp = _stamp(self._file)
        if stamp != self._stamp:
            try:
                self.text = self._read()
                self._stamp = stamp
            except SecretUnreadable as error:
                # Perhaps it is being replaced.
                self._warn(error)
        return self.text

    async def renew(self) -> str:
        """Read it again, a file at once and a command at most once a second; return the text."""
        if self._renewing is None:
            if self._file is None and time.monotonic() - self._looked < POLL_INTERVAL:
                return self.text
            self._renewing = asyncio.create_task(self._renew())
        await asyncio.shield(self._renewing)
        return self.text

    async def _renew(self) -> None:
        try:
            stamp = _stamp(self._file)
            self.text = await asyncio.to_thread(self._read)
            self._stamp = stamp
        except SecretUnreadable as error:
            self._warn(error)
        finally:
            self._looked = time.monotonic()
            self._renewing = None

    def _warn(self, error: SecretUnreadable) -> None:
        log.warning("secret not renewed", extra={"reason": f"{self.setting} {error}"})


class SecretText(str):
    """The value of a setting, as read at the start, and the source to read it again from."""

    source: SecretSource

    def __new__(cls, source: SecretSource) -> Self:
        """Return the present text of `source`."""
        made = super().__new__(cls, source.text)
        made.source = source
        return made


def source_of(value: str) -> SecretSource | None:
    """Return the source of a setting's value; None if it stays as it is."""
    return value.source if isinstance(value, SecretText) else None


def read_file(path: Path) -> str:
    """Return the text of a file without spaces at both ends; raises `SecretUnreadable`."""
    try:
        return read_bytes(path).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretUnreadable(f"names a file that cannot be read: {reason}") from None


def read_secret_file(path: Path) -> str:
    """Return the secret in a file; raises `SecretUnreadable`, also if the file is empty."""
    text = read_file(path)
    if not text:
        raise SecretUnreadable("names an empty file")
    return text


def _stamp(file: Path | None) -> tuple[int, ...]:
    """Return values that change with the file; its time alone is too coarse."""
    try:
        status = file.stat() if file is not None else None
    except (OSError, ValueError):
        return ()
    return (status.st_mtime_ns, status.st_ino, status.st_size) if status else ()
