"""A person's terminals: what a page says is typed into them, as it is written."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.service import UV, environment, find_python

PATIENCE = 60.0


class Terminals:
    """One where commands end, and one for each command that stays up.

    The ports that a service takes by default are replaced by free ones, here and on its side.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._where = folder / "where"
        self._logs = 0
        self._staying: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {"8000": free_port(), "9000": free_port()}
        self._environment = {
            **environment(),
            "HTTP_PORT": self._ports["8000"],
            "OPS_PORT": self._ports["9000"],
            "PATH": os.pathsep.join([str(Path(UV).parent), os.environ["PATH"]]),
            "UV_PYTHON": find_python(),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for text in list(self._staying):
            self._interrupt(text)

    def run(self, text: str) -> str:
        """Run commands to their end, which must be a good one; return what they printed."""
        done = subprocess.run(
            self._bash(f"{text}\npwd > {self._where}"),
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        self._folder = Path(self._where.read_text().strip())
        return done.stdout

    def start(self, text: str) -> Path:
        """Start a command that stays up, after a Ctrl-C where it does; return what it prints to."""
        self._interrupt(text)
        self._logs += 1
        log = self._where.with_name(f"terminal-{self._logs}.txt")
        errors = log.with_suffix(".err")
        with log.open("wb") as output, errors.open("wb") as error_output:
            self._staying[text] = subprocess.Popen(
                self._bash(f"exec {text}"),
                cwd=self._folder,
                env=self._environment,
                stdout=output,
                stderr=error_output,
            )
        if "serve" in text:
            self._wait_for_answer(errors)
        else:
            wait_for(log, "\n")
        return log

    def _bash(self, text: str) -> list[str]:
        for default, free in self._ports.items():
            text = re.sub(rf"(?<=127\.0\.0\.1:){default}\b", free, text)
        return ["bash", "-euo", "pipefail", "-c", text]

    def _wait_for_answer(self, errors: Path) -> None:
        address = ("127.0.0.1", int(self._ports["8000"]))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                socket.create_connection(address, timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"nobody answers on {address}: {errors.read_text()}")

    def _interrupt(self, text: str) -> None:
        process = self._staying.pop(text, None)
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def free_port() -> str:
    """Return a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def wait_for(log: Path, words: str) -> None:
    """Return once a terminal shows `words`; fails after a while."""
    end = time.monotonic() + PATIENCE
    while words not in log.read_text():
        assert time.monotonic() < end, f"no {words} in:\n{log.read_text()}"
        time.sleep(0.05)
