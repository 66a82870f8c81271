"""A server's process under its guard."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tests.servers.guard import Order
from tests.servers.tree import signal_tree

ROOT = Path(__file__).parents[2]
TIMEOUT = 30.0


# Their end is also the end of the servers that this process starts.
_watched = os.getpid()


def live_as_long_as(pid: int) -> None:
    """Let servers that are started from now on end with the process `pid`, not with this one."""
    global _watched
    _watched = pid


class Process:
    """Starts at once; `pid` is the server's own."""

    def __init__(
        self,
        command: list[str],
        folder: Path,
        environment: dict[str, str],
        user: str | None = None,
        end: str = "SIGTERM",
    ) -> None:
        order = Order(_watched, command, environment, str(folder), user, end)
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.guard", json.dumps(asdict(order))],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C in a terminal reaches every process of the session.
            start_new_session=True,
        )
        assert self._guard.stdout is not None
        with self._guard.stdout as output:
            self.pid = int(output.readline() or 0)
        if not self.pid:
            self._guard.wait(TIMEOUT)
            raise RuntimeError(f"{command[0]} cannot be started")

    def is_running(self) -> bool:
        """Return whether it has not ended yet."""
        return self._guard.poll() is None

    def stop(self, how: signal.Signals) -> None:
        """Ask it to end by the signal `how`, and wait until it has; a frozen one is thawed."""
        self.thaw()
        if self.is_running():
            os.kill(self.pid, how)
        self._guard.wait(TIMEOUT)

    def kill(self) -> None:
        """End it at once, with all that it started."""
        self.freeze()
        self._signal(signal.Signals["SIGKILL"])
        self._guard.wait(TIMEOUT)

    def freeze(self) -> None:
        """Make it, and all that it started, stand still: connections stay, nothing answers."""
        if self.is_running():
            # First of all, so that it starts no others while they are looked for.
            os.kill(self.pid, signal.Signals["SIGSTOP"])
        self._signal(signal.Signals["SIGSTOP"])

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.Signals["SIGCONT"])

    def close(self) -> None:
        """End it fast and remove its folder; it may have ended already."""
        self._guard.terminate()
        self._guard.wait(TIMEOUT)

    def _signal(self, number: signal.Signals) -> None:
        if self.is_running():
            signal_tree(self.pid, number)
