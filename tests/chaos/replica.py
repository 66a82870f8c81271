"""One process of the service, which only the driver may end."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack

from tests.chaos.history import History
from tools.drill.over.caller import TRANSPORTS
from tools.process import Process, StartError, run
from tools.service import Service

# Seconds: for a start, as often as it takes while a server is away; between two tries; for an end
# beyond the service's own grace.
PATIENCE = 120.0
AGAIN = 0.5
END = 20.0


class Replica:
    """Runs `serve` with one role, on the same ports each time; a worker has none.

    An unexpected end is reported. `settings` has the ports. The additional settings of its start
    hold until the next start.
    """

    def __init__(
        self, name: str, role: str, service: Service, settings: Mapping[str, str], history: History
    ) -> None:
        self.name = name
        self.role = role
        self._servers = ("ops",) if role == "worker" else (*TRANSPORTS, "ops")
        self._service = service
        self._settings = settings
        self._history = history
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def process(self) -> Process:
        """The process that runs now."""
        assert self._process is not None, f"{self.name} does not run"
        return self._process

    async def start(self, **environment: str) -> None:
        """Start it, with these variables besides; raises `TimeoutError`.

        A service does not start without its database. A process manager in production retries, and
        so does this.
        """
        deadline = time.monotonic() + PATIENCE
        while self._process is None:
            try:
                await self._start(environment)
            except (StartError, TimeoutError) as problem:
                self._history.note("not started", replica=self.name, reason=str(problem)[-2000:])
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.name} does not start: {problem}") from problem
                await asyncio.sleep(AGAIN)

    def become(self, version: Service) -> None:
        """Be another version of the service from the next start on."""
        self._service = version

    async def kill(self) -> None:
        """End it at once, as by SIGKILL."""
        process = self._let_go()
        os.kill(process.pid, signal.SIGKILL)
        await self._gone(process)

    async def end(self) -> None:
        """Tell it to end, as a rollout does; that it does so badly, or too late, is told."""
        process = self._let_go()
        try:
            code = await process.end(END)
        except TimeoutError:
            os.kill(process.pid, signal.SIGKILL)
            code = None
        if code != 0:
            self._tell("ended badly", process, code)
        await self._gone(process)

    async def close(self) -> None:
        """End it where it runs."""
        if self._process is not None:
            await self.end()

    def freeze(self) -> None:
        """Make it stand still: its connections stay open, and nothing answers."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    async def _start(self, environment: Mapping[str, str]) -> None:
        service = self._service
        line = [service.command(service.slug), "serve", "--role", self.role]
        running = run(service, line, self._servers, **self._settings, **environment)
        self._process = await self._stack.enter_async_context(running)
        self._watch = asyncio.create_task(self._wait(self._process))

    async def _wait(self, process: Process) -> None:
        await process.gone.wait()
        self._tell("ended by itself", process, process.exit_code)
        self._let_go()
        await self._stack.aclose()
        await self.start()

    def _let_go(self) -> Process:
        process, self._process = self.process, None
        if self._watch is not None and self._watch is not asyncio.current_task():
            self._watch.cancel()
        self._watch = None
        return process

    async def _gone(self, process: Process) -> None:
        await process.gone.wait()
        await self._stack.aclose()

    def _tell(self, what: str, process: Process, code: int | None) -> None:
        self._history.note(what, replica=self.name, code=code, lines=process.lines[-20:])
