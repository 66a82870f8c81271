"""The setting of a drill: servers, generated services and their processes."""

import os
import signal
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tools.drill.servers import Servers
from tools.printed import printed
from tools.process import Process, run
from tools.service import Service, environment, install, render

HTTP_ALONE = ("http",)


class Stage:
    """Runs a drill's processes and ends them with it.

    Each drill has an exchange and queues of its own on the shared broker, and its own databases.
    """

    def __init__(self, name: str, folder: Path, servers: Servers, stack: AsyncExitStack) -> None:
        self.name = name
        self.servers = servers
        self.folder = folder
        self._stack = stack
        self._processes: list[tuple[str, Process]] = []

    def service(
        self,
        slug: str,
        roles: list[str],
        transports: Sequence[str] = HTTP_ALONE,
        **more: object,
    ) -> Service:
        """Return a generated and installed project with these answers; made once for all drills."""
        path = self.folder / slug
        if path.exists():
            return Service(path)
        answers = {"project_name": slug, "roles": roles, "transports": [*transports], **more}
        service = render(path, answers)
        install(service, "--group", "dev")
        return service

    async def settings(self, service: Service, name: str = "", **more: str) -> dict[str, str]:
        """Return the settings of one deployment of `service`: a migrated database, own names."""
        name = f"{self.name}-{name or service.slug}"
        settings = {
            **self.servers.settings,
            "DATABASE_URL": await self.servers.database(name),
            "BROKER_EXCHANGE": self.name,
            "BROKER_QUEUE": name,
            **more,
        }
        await command(service, settings, "migrate")
        return settings

    async def serve(
        self,
        service: Service,
        settings: Mapping[str, str],
        *arguments: str,
        transports: Collection[str] = HTTP_ALONE,
        prefix: Sequence[str] = (),
    ) -> Process:
        """Start `serve`, and return once these transports listen; it ends with the drill.

        `prefix` goes before the command, and runs it.
        """
        command = [*prefix, service.command(service.slug), "serve", *arguments]
        running = run(service, command, (*transports, "ops"), **settings)
        process = await self._stack.enter_async_context(running)
        self._processes.append((f"{service.slug} {' '.join(arguments)}", process))
        return process

    async def kill(self, process: Process) -> None:
        """Kill a process, which then has not ended badly."""
        os.kill(process.pid, signal.SIGKILL)
        await process.gone.wait()
        self._processes = [each for each in self._processes if each[1] is not process]

    def unclean(self) -> list[str]:
        """Return which processes have ended other than well, once all have ended."""
        return [name for name, process in self._processes if process.exit_code != 0]

    def logs(self) -> str:
        """Return the last log lines of each process."""
        return "\n".join(
            "\n".join([f"--- {name}", *process.lines]) for name, process in self._processes
        )


@asynccontextmanager
async def stage(name: str, folder: Path, servers: Servers) -> AsyncIterator[Stage]:
    """Open the stage of one drill; at its end the processes stop, last started first."""
    async with AsyncExitStack() as stack:
        yield Stage(name, folder, servers, stack)


async def command(service: Service, settings: Mapping[str, str], *arguments: str) -> str:
    """Run one of the service's commands and return what it printed; raises where it fails."""
    line = [service.command(service.slug), *arguments]
    env = {**environment(), **settings}
    return await printed(*line, cwd=service.path, env=env, told=" ".join(arguments))
