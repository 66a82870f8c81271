"""The common parts of the three kinds of servers."""

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self

from tests.servers.missing import Missing, give_up
from tests.servers.ports import free_port
from tests.servers.process import Process

TIMEOUT = 45.0
PAUSE = 0.02


class Server(ABC):
    """A throwaway server from a program of this machine, on a loopback port of its own.

    `config` are lines of its own configuration file, after those that it has anyway. Data
    survive `stop` and `kill`, where the server keeps any, and go with `close`. Making one raises
    `Missing` where the program is not there, and so does its first start where tests cannot use it.
    """

    name: ClassVar[str]
    # The variable with the URL of another server to use instead.
    variable: ClassVar[str]
    # The Debian package of the program.
    packages: ClassVar[str]
    # The operations of `tests.servers.control` on it.
    deeds: ClassVar[tuple[str, ...]] = ("stop", "start", "kill", "freeze", "thaw")
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, config: str = "") -> None:
        self.config = config
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.name.lower()}-"))
        self.process: Process | None = None

    @classmethod
    @contextmanager
    def private(cls, config: str = "") -> Iterator[Self]:
        """Run one exclusively, for a test that stops, freezes or kills it.

        The test is skipped or fails where there is none that it can use (`give_up`).
        """
        try:
            server = cls(config).started()
        except Missing as missing:
            give_up(missing)
        try:
            yield server
        finally:
            server.close()

    def started(self) -> Self:
        """Start it; it is closed where that fails."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    @classmethod
    def missing(cls, fault: str = "") -> Missing:
        """Return the error for a machine without it, or with one that has this fault."""
        found = f"the {cls.name} here {fault}" if fault else f"no {cls.name} here"
        return Missing(f"{found}: apt-get install {cls.packages}")

    @staticmethod
    @abstractmethod
    def fault_at(url: str) -> str:
        """Return why tests cannot use the running server at `url`, such as "has no …", or ""."""

    def fault(self) -> str:
        """Return why tests cannot use this one, which runs."""
        return self.fault_at(self.url)

    @property
    @abstractmethod
    def url(self) -> str:
        """Its URL, as an account with all rights."""

    @abstractmethod
    def run(self) -> Process:
        """Start the program."""

    @abstractmethod
    def answers(self) -> bool:
        """Return whether it serves; takes at most about a second."""

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._running().pid

    def start(self) -> None:
        """Start it, with the data that it had, and wait until it answers.

        Raises `RuntimeError` where it does not; at its first start, `Missing`.
        """
        if self.process is not None:
            self._start()
            return
        try:
            self._start()
        except (RuntimeError, OSError, LookupError, subprocess.SubprocessError) as error:
            said = " ".join(str(error).split())
            raise self.missing(f"does not start ({said[-500:]})") from error
        if fault := self.fault():
            raise self.missing(fault)

    def _start(self) -> None:
        self.process = self.run()
        end = time.monotonic() + TIMEOUT
        while not self.answers():
            if not self.process.is_running() or time.monotonic() > end:
                raise RuntimeError(f"it does not answer: {self.output()[-2000:]}")
            time.sleep(PAUSE)

    def stop(self) -> None:
        """End it in good order."""
        self._running().stop(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        self._running().kill()

    def freeze(self) -> None:
        """Make it stand still: connections stay open, and nothing answers."""
        self._running().freeze()

    def thaw(self) -> None:
        """Let it go on."""
        self._running().thaw()

    def close(self) -> None:
        """End it, and remove its data."""
        if self.process is not None:
            self.process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def output(self) -> str:
        """Return what it has said since its start."""
        return (self.folder / "output.log").read_text(errors="replace")

    def _running(self) -> Process:
        assert self.process is not None, f"{self.name} was not started"
        return self.process
