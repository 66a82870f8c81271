"""Places of remote jobs, one for each adapter, with callers and workers that come and go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import pytest

from chassis.application.message import Message
from chassis.application.ports.rpc import RpcClient, RpcServer
from chassis.application.rpc.job_server import JobServer
from chassis.application.rpc.remote_jobs import RemoteJobs
from chassis.application.tracing.no_tracing import NoTracing
from chassis.infrastructure.memory.rpc import MemoryRpc
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.rpc.client import RabbitRpcClient
from chassis.infrastructure.rabbitmq.rpc.server import RabbitRpcServer
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import channel
from tests.unit.support import RecordingMetrics

PREFETCH = 2
SIZE = 1000

type Table = Mapping[type[Message[Any]], Callable[[], Any]]


class Place(Protocol):
    """A broker for callers and workers."""

    def client(self) -> RpcClient:
        """Return the side of a caller."""
        ...

    def server(self) -> RpcServer:
        """Return the side of a worker."""
        ...

    def lose(self, server: RpcServer) -> None:
        """End a worker's connections, as its death does."""
        ...


class MemoryPlace:
    """All in this process."""

    def __init__(self) -> None:
        self._rpc = MemoryRpc(PREFETCH)

    def client(self) -> RpcClient:
        return self._rpc

    def server(self) -> RpcServer:
        return self._rpc.server()

    def lose(self, server: RpcServer) -> None:
        self._lost = asyncio.create_task(server.close())


class RabbitPlace:
    """A real server; each caller and worker has connections of its own."""

    def __init__(self, url: str, topology: Topology) -> None:
        self._url = url
        self.topology = topology
        self.connections: list[RabbitConnection] = []
        self._clients: list[RabbitRpcClient] = []
        self._of: dict[RpcServer, list[RabbitConnection]] = {}

    def connection(self) -> RabbitConnection:
        self.connections.append(RabbitConnection(self._url, "tests"))
        return self.connections[-1]

    def client(self) -> RpcClient:
        self._clients.append(RabbitRpcClient(self.connection(), self.topology))
        return self._clients[-1]

    def server(self) -> RpcServer:
        serving, answering = self.connection(), self.connection()
        server = RabbitRpcServer(serving, answering, self.topology)
        self._of[server] = [serving, answering]
        return server

    def lose(self, server: RpcServer) -> None:
        for connection in self._of[server]:
            connection.cut()

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
        for connection in self.connections:
            await connection.close()
        # The client reports a lost connection in a task of its own.
        await asyncio.sleep(0.1)


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Place]:
    yield MemoryPlace()


@asynccontextmanager
async def rabbitmq(request: pytest.FixtureRequest) -> AsyncIterator[RabbitPlace]:
    url = request.getfixturevalue("broker_url")
    topology = Topology(
        exchange=request.getfixturevalue("unique_name"),
        queue="tests",
        bindings=(),
        prefetch=10,
        unrouted_limit=10,
        rpc_prefetch=PREFETCH,
    )
    place = RabbitPlace(url, topology)
    yield place
    await place.close()
    async with channel(url) as other:
        # Its queues expire by themselves.
        await (await other.get_exchange(topology.cancelling, ensure=False)).delete()


PLACES: dict[str, Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Place]]] = {
    "memory": memory,
    "rabbitmq": rabbitmq,
}


class Worker:
    """A worker of one place, under way."""

    def __init__(self, place: Place, table: Table, metrics: RecordingMetrics) -> None:
        self.metrics = metrics
        self._place = place
        self._server = place.server()
        self._jobs = JobServer(self._server, table, SIZE, metrics, NoTracing())
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._jobs.run(self._stopping))

    async def stop(self) -> None:
        """Stop it in order."""
        self._stopping.set()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            await self._task

    async def die(self) -> None:
        """End it as a kill does: the place alone notices."""
        # A dead process replies nothing.
        self._server.reply = lambda *_: None  # type: ignore[method-assign]
        self._place.lose(self._server)
        self._task.cancel()
        await asyncio.wait([self._task])


def caller(place: Place, limit: int = 100) -> RemoteJobs:
    """Return a caller with connections of its own."""
    return RemoteJobs(place.client(), limit, SIZE, RecordingMetrics(), NoTracing())
