"""A service in a process of its own."""

import asyncio
import json
import os
import random
import re
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.service import Service, environment

START = 60.0
STOP = 30.0

FREE = {"HTTP_PORT": "0", "OPS_PORT": "0", "LOG_FORMAT": "json"}


class StartError(RuntimeError):
    """A process has ended, or told nothing, before it was ready; the text has its last lines."""


@dataclass
class Process:
    """A running service: where it listens, its log and, at the end, how it went.

    `lines` are the last of the log; `told` is how often each event stood in it.
    """

    pid: int
    ports: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    exit_code: int | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """The address of its HTTP interface."""
        return f"http://127.0.0.1:{self.ports['http']}"

    @property
    def ops_url(self) -> str:
        """The address of its health and its metrics."""
        return f"http://127.0.0.1:{self.ports['ops']}"

    def stop(self) -> None:
        """Ask it to end."""
        os.kill(self.pid, signal.SIGTERM)

    async def end(self, within: float = STOP) -> int | None:
        """Ask it to end and return its exit code; raises `TimeoutError` after `within` seconds."""
        self.stop()
        async with asyncio.timeout(within):
            await self.gone.wait()
        return self.exit_code

    def read(self, line: str) -> None:
        """Keep a log line, count its event, and keep the port that it may tell."""
        self.lines = [*self.lines[-49:], line]
        try:
            entry = json.loads(line)
        except ValueError:
            return
        if not isinstance(entry, dict):
            return
        self.told[str(entry.get("event"))] += 1
        if entry.get("event") == "listening":
            self.ports[entry["server"]] = entry["port"]


@asynccontextmanager
async def start(service: Service, *arguments: str, **settings: str) -> AsyncIterator[Process]:
    """Run `serve` on free ports for as long as the block lasts; stop it with SIGTERM.

    `arguments` are those of `serve`, `settings` those of the service, by name.
    """
    command = [service.command(service.slug), "serve", *arguments]
    async with run(service, command, ("http", "ops"), **settings) as process:
        yield process


@asynccontextmanager
async def run(
    service: Service, command: Sequence[str], servers: Collection[str], **settings: str
) -> AsyncIterator[Process]:
    """Run a command in the service's folder, as `start` does.

    It is ready once it has reported the addresses of all these `servers`. Raises `StartError` where
    it ends before, and `TimeoutError` where it takes too long.
    """
    async with run_in(service.path, command, servers, unset(service) | FREE | settings) as process:
        yield process


@asynccontextmanager
async def run_in(
    folder: Path, command: Sequence[str], servers: Collection[str], environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    """Run any command for as long as the block lasts, in that folder and environment.

    It is ready once its log has reported the addresses of all these `servers`; without them, after
    its first line. It stops with SIGTERM.
    """
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Ctrl-C is meant for us: we stop it in our own time.
        start_new_session=True,
    )
    process = Process(child.pid)
    ready = asyncio.Event()

    async def follow() -> None:
        assert child.stdout
        async for line in child.stdout:
            process.read(line.decode(errors="replace").rstrip())
            if process.ports.keys() >= {*servers}:
                ready.set()
        ready.set()
        process.exit_code = await child.wait()
        process.gone.set()

    following = asyncio.create_task(follow())
    try:
        async with asyncio.timeout(START):
            await ready.wait()
        if not process.ports.keys() >= {*servers}:
            raise StartError("\n".join(["the service did not start:", *process.lines]))
        yield process
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP):
            await following


def free_port() -> int:
    """Return a free port, for a service that restarts on the same one.

    It lies below those that systems give to clients (Linux: 32768 and up). Among them, another
    connection could take the port meanwhile, or a client that tries again and again end up
    connected to itself.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def unset(service: Service) -> dict[str, str]:
    """Return the environment without what is a setting of the service's.

    A developer with a `DATABASE_URL` there does not want these rows in it.
    """
    listed = (service.path / ".env.example").read_text()
    settings = set(re.findall(r"^#?\s*([A-Z_]+)=", listed, re.MULTILINE))
    inherited = environment().items()
    return {name: value for name, value in inherited if name.removesuffix("_FILE") not in settings}
