"""What a benchmark stands on: one rendered service, real servers, and processes one at a time."""

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


class Stand:
    """Runs modules in the environment of the service, on servers of its own."""

    def __init__(self, service: Service, servers: Servers, folder: Path) -> None:
        self.folder = folder
        self.servers = servers
        self.service = service

    async def settings(self, name: str, **more: str) -> dict[str, str]:
        """Return the settings of one side: a migrated database, an exchange and a queue."""
        settings = {
            **self.servers.settings,
            "DATABASE_URL": await self.servers.database(name),
            "BROKER_EXCHANGE": name,
            "BROKER_QUEUE": f"{name}.notifications",
            **more,
        }
        await command(self.service, settings, "migrate")
        return settings

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


@asynccontextmanager
async def stand(durable: bool = True) -> AsyncIterator[Stand]:
    """Render a service and start servers; all goes with the block.

    `durable` is whether PostgreSQL waits for the disk at each commit, as it does where data
    counts; the servers of the tests do not.
    """
    folder = Path(tempfile.mkdtemp(prefix="shallot-bench-"))
    try:
        service = render(folder / "service", {"project_name": "bench"})
        install(service, "--group", "dev")
        async with running(service) as servers:
            await _set_durable(servers.settings["DATABASE_URL"], durable)
            yield Stand(service, servers, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)


async def _set_durable(url: str, durable: bool) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for name in ("fsync", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {name} = {'on' if durable else 'off'}")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
