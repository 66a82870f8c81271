"""The deployments of a service: without any server, or with real servers."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from tools.drill.servers import running
from tools.drill.stage import stage
from tools.process import Process, start
from tools.service import Service

Deployment = Callable[[Service, Path], AbstractAsyncContextManager[Process]]


@asynccontextmanager
async def embedded(service: Service, folder: Path) -> AsyncIterator[Process]:
    """Run it on SQLite, and a broker and a cache in memory."""
    async with start(service, DATABASE_URL=f"sqlite+aiosqlite:///{folder}/app.db") as process:
        yield process


@asynccontextmanager
async def real(service: Service, folder: Path) -> AsyncIterator[Process]:
    """Run it on PostgreSQL, RabbitMQ and Redis."""
    async with running(service) as servers, stage("contract", folder, servers) as on:
        yield await on.serve(service, await on.settings(service))


DEPLOYMENTS: Mapping[str, Deployment] = {"embedded": embedded, "real": real}
