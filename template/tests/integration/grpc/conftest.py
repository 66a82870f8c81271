"""A whole service that serves gRPC, and a client of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chassis.bootstrap import discovery
from tests.harness import Service
from tests.integration.grpc.serving import Client, connected


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A running service with the roles of this project."""
    async with Service.running(tmp_path, GRPC_PORT="0") as running:
        yield running


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Client]:
    """A client of it."""
    server = discovery.server("grpc").build(service.system)
    await server.start()
    try:
        async with connected(server.port) as client:
            yield client
    finally:
        service.system.drain()
        await server.stop(5)


type Quiet = Callable[[list[str]], Awaitable[None]]


@pytest.fixture
def quiet(service: Service) -> Quiet:
    """Waits until these notifications can be read."""

    async def wait(ids: list[str]) -> None:
        async with asyncio.timeout(10):
            while not {str(each.id) for each in await service.stored()}.issuperset(ids):
                await asyncio.sleep(0.01)

    return wait
