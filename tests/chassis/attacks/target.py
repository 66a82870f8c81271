"""The service that is attacked: a process with all transports and roles, and what it holds."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.chassis.conformance.conftest import driver_settings
from tests.chassis.conformance.tokens import ACCESS
from tests.e2e.process import environment
from tests.free_ports import FREE_PORTS

ROOT = Path(__file__).parents[3]
TIMEOUT = 60.0
# Times that are settings, shorter than they are by default where that is too long to wait for.
TIMES = {
    "HANDSHAKE_TIMEOUT": "2",
    "IDLE_TIMEOUT": "6",
    "STREAM_HEARTBEAT": "1",
    "EXECUTOR_THREADS": "4",
    "EXECUTOR_PROCESSES": "1",
}


class Held(NamedTuple):
    """What a process holds. Files of the database are left out: their number is the pool's."""

    descriptors: int
    threads: int
    tasks: Counter[str]
    files: frozenset[str]
    open: dict[str, float]
    memory: int


class Target:
    """A running process; its log is kept as it comes."""

    def __init__(self, child: subprocess.Popen[bytes], folder: Path, control: Path) -> None:
        self.pid = child.pid
        self.folder = folder
        self.logs: list[dict[str, Any]] = []
        self.ports: dict[str, int] = {}
        self._child = child
        self._control = control
        self._ready = threading.Event()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def ops(self) -> str:
        """The address of its ops server."""
        return f"http://127.0.0.1:{self.ports['ops']}"

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._child.poll() is None

    def ready(self) -> None:
        """Wait until it serves; fails with its log where it ends instead."""
        assert self._ready.wait(TIMEOUT), self.logs
        assert self.is_alive, self.logs

    def end(self) -> int:
        """Stop it if it still runs; return its exit code."""
        if self.is_alive:
            self._child.send_signal(signal.SIGTERM)
        code = self._child.wait(TIMEOUT)
        self._reading.join(TIMEOUT)
        return code

    def held(self) -> Held:
        """Return what it holds now."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(TIMEOUT)
            control.connect(str(self._control))
            told = b"".join(iter(lambda: control.recv(65_536), b""))
        status = Path(f"/proc/{self.pid}/status").read_text()
        return Held(
            descriptors=sum(".db" not in _link(link) for link in self._links()),
            threads=_number("Threads", status),
            tasks=Counter(json.loads(told)),
            files=frozenset(str(path) for path in (self.folder / "tmp").rglob("*")),
            open=self.figures("connections_open", "streams_open", "requests_in_flight"),
            memory=_number("VmHWM", status) * 1024,
        )

    def figures(self, *names: str) -> dict[str, float]:
        """Return the metrics whose names begin so."""
        lines = httpx.get(f"{self.ops}/metrics", timeout=TIMEOUT).text.splitlines()
        pairs = (line.rpartition(" ") for line in lines if line.startswith(names))
        return {name: float(value) for name, _, value in pairs}

    def _links(self) -> list[Path]:
        return list(Path(f"/proc/{self.pid}/fd").iterdir())

    def _read(self) -> None:
        assert self._child.stderr is not None
        with self._child.stderr as lines:
            for line in lines:
                self._keep(line)
        self._ready.set()

    def _keep(self, line: bytes) -> None:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            entry = {"event": line.decode(errors="replace"), "level": "error"}
        if entry["event"] == "listening":
            self.ports[entry["server"]] = entry["port"]
        self.logs.append(entry)
        if entry["event"] == "serving":
            self._ready.set()


@contextmanager
def attacked(folder: Path, *arguments: str, **settings: str) -> Iterator[Target]:
    """Serve in `folder`, on free ports and with access control, for as long as the block lasts."""
    (folder / "tmp").mkdir(parents=True)
    # The path of such a socket has a hundred characters at most.
    control = Path(f"/tmp/shallot-{os.getpid()}-{time.monotonic_ns()}")
    given = FREE_PORTS | {"LOG_FORMAT": "json"} | TIMES | ACCESS | driver_settings() | settings
    paths = {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")}
    module = "tests.chassis.attacks.observed"
    child = subprocess.Popen(
        [sys.executable, "-m", module, str(control), "serve", *arguments],
        cwd=folder,
        env=environment(given) | paths,
        stderr=subprocess.PIPE,
    )
    target = Target(child, folder, control)
    try:
        target.ready()
        yield target
    finally:
        target.end()
        control.unlink(missing_ok=True)


def _number(name: str, status: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    assert found, status
    return int(found[1])


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except FileNotFoundError:
        return ".db: closed meanwhile"
