"""The setting for a benchmark: one rendered service, real servers, and processes one at a time."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg

from tools.drill.servers import Servers, running
from tools.drill.stage import command
from tools.process import Process, run
from tools.service import ROOT, Service, install, render


class Programs:
    """Runs modules in the environment of the service; `folder` is for whatever else is needed."""

    def __init__(self, service: Service, folder: Path) -> None:
        self.folder = folder
        self.service = service

    @asynccontextmanager
    async def run(
        self,
        module: str,
        *arguments: str,
        settings: Mapping[str, str],
        servers: Collection[str] = ("http",),
    ) -> AsyncIterator[Process]:
        """Run `python -m benchmarks.MODULE`; raises where it ends other than well."""
        line = [self.service.command("python"), "-m", f"benchmarks.{module}", *arguments]
        path = {"PYTHONPATH": str(ROOT)}
        async with run(self.service, line, servers, **settings, **path) as process:
            yield process
        if process.exit_code:
            raise RuntimeError("\n".join([f"{module} failed:", *process.lines]))

    def serve(
        self, *arguments: str, settings: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Process]:
        """Run the service, with what `benchmarks.inside.serve` can change about it."""
        return self.run("inside.serve", *arguments, settings=settings, servers=("http", "ops"))


class Stand(Programs):
    """Runs them on servers of its own."""

    def __init__(self, service: Service, servers: Servers, folder: Path) -> None:
        super().__init__(service, folder)
        self.servers = servers

    async def settings(self, name: str, **more: str) -> dict[str, str]:
        """Return the settings of one side: a migrated database, an exchange and a queue."""
        settings = await self.unmigrated(name) | more
        await command(self.service, settings, "migrate")
        return settings

    async def unmigrated(self, name: str) -> dict[str, str]:
        """Return the settings of a side that makes its own tables: the database is empty."""
        return {
            **self.servers.settings,
            "DATABASE_URL": await self.servers.database(name),
            "BROKER_EXCHANGE": name,
            "BROKER_QUEUE": f"{name}.notifications",
        }


@asynccontextmanager
async def programs(**answers: object) -> AsyncIterator[Programs]:
    """Render and install a service of these answers; its folder goes with the block."""
    folder = Path(tempfile.mkdtemp(prefix="shallot-bench-"))
    try:
        service = render(folder / "service", {"project_name": "bench", **answers})
        install(service, "--group", "dev")
        yield Programs(service, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)


@asynccontextmanager
async def stand(durable: bool = True, **answers: object) -> AsyncIterator[Stand]:
    """Render a service of these answers and start servers; all goes with the block.

    `durable` is whether PostgreSQL waits for the disk at each commit, as it does where data
    counts; the servers of the tests do not.
    """
    async with programs(**answers) as on, running(on.service) as servers:
        await _set_durable(servers.settings["DATABASE_URL"], durable)
        yield Stand(on.service, servers, on.folder)


async def _set_durable(url: str, durable: bool) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for name in ("fsync", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {name} = {'on' if durable else 'off'}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
