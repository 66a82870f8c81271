"""The servers of a drill: throwaway ones, which can be stopped, frozen and killed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import asyncpg

from tools.service import Service, environment
from tools.sigterm import as_ctrl_c

START = 120.0

# The last is one of PostgreSQL, made when it is started first.
Name = Literal["postgresql", "rabbitmq", "redis", "standby"]
Deed = Literal["stop", "start", "kill", "freeze", "thaw", "detach", "take_over"]


# With what the generated project's `tests.servers` ends where a server is not installed.
MISSING = 3


class MissingError(RuntimeError):
    """A server is not installed here; what to install has been printed."""


class Servers:
    """Real servers, run by the generated project's own `tests.servers`."""

    def __init__(self, child: asyncio.subprocess.Process, settings: dict[str, str]) -> None:
        self.settings = settings
        self._child = child
        self._one_at_a_time = asyncio.Lock()

    async def do(self, deed: Deed, server: Name) -> None:
        """Do that to a server, and return once it is done: a started one answers again."""
        # Left to itself where the caller is cancelled: the next one would get its answer.
        answer = await asyncio.shield(self._order(f"{deed} {server}\n"))
        if "error" in answer:
            raise RuntimeError(f"cannot {deed} {server}: {answer['error']}")

    async def database(self, name: str) -> str:
        """Make an empty database and return its URL."""
        url = self.settings["DATABASE_URL"]
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()
        return f"{url.rpartition('/')[0]}/{name}"

    async def _order(self, line: str) -> dict[str, Any]:
        assert self._child.stdin
        async with self._one_at_a_time:
            self._child.stdin.write(line.encode())
            return await _answer(self._child)


@asynccontextmanager
async def running(service: Service, *names: Name) -> AsyncIterator[Servers]:
    """Start these servers, or all; they end with the block, and that with SIGTERM.

    Raises `MissingError`.
    """
    child = await asyncio.create_subprocess_exec(
        service.command("python"),
        *("-m", "tests.servers", "--json", "--control", *names),
        cwd=service.path,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        with as_ctrl_c():
            yield Servers(child, await _settings(child))
    finally:
        assert child.stdin
        child.stdin.close()
        async with asyncio.timeout(START):
            await child.wait()


async def _settings(child: asyncio.subprocess.Process) -> dict[str, str]:
    try:
        return await _answer(child)
    except EOFError:
        if await child.wait() == MISSING:
            raise MissingError("a server is not installed") from None
        raise


async def _answer(child: asyncio.subprocess.Process) -> dict[str, Any]:
    assert child.stdout
    async with asyncio.timeout(START):
        line = await child.stdout.readline()
    if not line:
        raise EOFError("the servers have ended")
    answer: dict[str, Any] = json.loads(line)
    return answer
