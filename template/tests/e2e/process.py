"""The command line in processes of its own, as an operator has it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.e2e import warm
from tests.e2e.terminal import TERMINAL
from tests.free_ports import FREE_PORTS

# Seconds, on a machine that has much else to do.
TIMEOUT = 60.0


class Process:
    """A running `serve`; its logs are kept as they come."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.logs: list[dict[str, Any]] = []
        self.ports: dict[str, int] = {}
        # The URL of each server, as `--via` takes it.
        self.urls: dict[str, str] = {}
        self._process = process
        self._reading = asyncio.create_task(self._read())

    async def ready(self) -> None:
        """Wait until it serves; fails with its logs where it ends instead."""
        async with asyncio.timeout(TIMEOUT):
            while not any(line["event"] == "serving" for line in self.logs):
                assert not self._reading.done(), self.logs
                await asyncio.sleep(0.01)
        listening = [line for line in self.logs if line["event"] == "listening"]
        self.ports = {line["server"]: line["port"] for line in listening}
        [self.urls] = [line["servers"] for line in self.logs if line["event"] == "serving"]

    @property
    def url(self) -> str:
        """The address of its http server."""
        return f"http://127.0.0.1:{self.ports['http']}"

    @property
    def ops(self) -> str:
        """The address of its ops server."""
        return f"http://127.0.0.1:{self.ports['ops']}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for the end and return the exit code, which is negative for a signal."""
        async with asyncio.timeout(TIMEOUT):
            await self._reading
            return await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.logs.append(
                json.loads(line) if line.startswith(b"{") else {"event": line.decode()}
            )


@asynccontextmanager
async def serving(
    folder: Path, *arguments: str, command: Sequence[str] = ("app", "serve"), **settings: str
) -> AsyncIterator[Process]:
    """Run `serve` in `folder` on free ports; ends it with the block.

    `command` is the module, and what it is given before the `arguments`.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *command, *arguments),
        cwd=folder,
        env=environment(FREE_PORTS | {"LOG_FORMAT": "json"} | settings),
        stderr=subprocess.PIPE,
    )
    process = Process(child)
    try:
        await process.ready()
        yield process
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await process.ended()


def run(
    folder: Path, *arguments: str, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder` and return what it printed and its exit code."""
    return warm.run(folder, environment(settings), arguments, stdin, TIMEOUT)


def run_cold(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Do the same with an interpreter that has imported nothing before, as an operator does."""
    return subprocess.run(
        _command(*arguments),
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


async def until_unrouted(folder: Path, servers: dict[str, str], count: int) -> None:
    """Wait until that many messages lie in `unrouted`."""
    async with asyncio.timeout(TIMEOUT):
        while unrouted(folder, servers) < count:
            await asyncio.sleep(0.1)


def unrouted(folder: Path, servers: dict[str, str]) -> int:
    """Return how many messages no queue has wanted."""
    listed = run(folder, "dead-letters", "list", "--unrouted", "--json", **servers)
    total: int = json.loads(listed.stdout)["total"]
    return total


async def all_listed(url: str) -> list[str]:
    """Return the ids of everything that the service lists, newest first."""
    ids: list[str] = []
    cursor: str | None = ""
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http:
        while cursor is not None:
            answer = await http.get("/notifications", params={"cursor": cursor, "size": 200})
            answer.raise_for_status()
            ids += [item["id"] for item in answer.json()["items"]]
            cursor = answer.json()["next_cursor"]
    return ids


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "app", *arguments]


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Return what a process gets: nothing of the developer's own settings, and these."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | TERMINAL | settings
