"""Calls over RabbitMQ, from one process to another: `ask_rpc SIDE worker URL`, `... CALLERS URL S`.

The sides are aio-pika's `patterns.RPC`, as its documentation uses it, and this service's remote
jobs. A worker says that it is ready, and serves until it is stopped. A caller prints how many
answers a second came, and the median time of one, as JSON.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from statistics import median

import aio_pika
import uvloop
from aio_pika.patterns import RPC
from chassis.application.errors import NoWorker
from chassis.application.message import Message
from chassis.application.rpc.job_server import JobServer
from chassis.application.rpc.remote_jobs import RemoteJobs
from chassis.application.tracing.no_tracing import NoTracing
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.rpc.client import RabbitRpcClient
from chassis.infrastructure.rabbitmq.rpc.server import RabbitRpcServer
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics

PREFETCH = 100
SIZE = 2**20
ADD = "bench.add"

Ask = Callable[[int], Awaitable[int]]


class Add(Message[int], frozen=True):
    """Answered with the sum so far."""

    amount: int


class Adder:
    """Adds up."""

    def __init__(self) -> None:
        self.total = 0

    async def __call__(self, message: Add) -> int:
        """Handle a message."""
        return await self.add(amount=message.amount)

    async def add(self, *, amount: int) -> int:
        """Add."""
        self.total += amount
        return self.total


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RPC]:
    """Open aio-pika's pattern."""
    connection = await aio_pika.connect_robust(url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(PREFETCH)
        yield await RPC.create(channel)


def topology() -> Topology:
    """Return the names of the remote jobs."""
    return Topology(
        exchange="bench",
        queue="bench",
        bindings=(),
        prefetch=PREFETCH,
        unrouted_limit=1,
        rpc_prefetch=PREFETCH,
    )


async def work(side: str, url: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    adder = Adder()
    if side == "aio-pika":
        async with connected(url) as rpc:
            await rpc.register(ADD, adder.add, auto_delete=True)
            print("ready", flush=True)
            await stopping.wait()
        return
    serving, answering = (RabbitConnection(url, "bench") for _ in range(2))
    server = RabbitRpcServer(serving, answering, topology())
    jobs = JobServer(server, {Add: lambda: adder}, SIZE, PrometheusMetrics(), NoTracing())
    print("ready", flush=True)
    await jobs.run(stopping)
    for connection in (serving, answering):
        await connection.close()


async def ask(question: Ask, callers: int, seconds: float) -> dict[str, float]:
    """Return the answers a second, and the median time of one."""
    times: list[float] = []
    began = time.perf_counter()
    end = began + seconds

    async def call() -> None:
        while (began := time.perf_counter()) < end:
            await question(1)
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(call() for _ in range(callers)))
    return {"rate": len(times) / (time.perf_counter() - began), "p50": median(times)}


async def measure(side: str, callers: int, url: str, seconds: float) -> dict[str, float]:
    """Measure one side."""
    if side == "aio-pika":
        async with connected(url) as rpc:
            return await ask(
                lambda amount: rpc.call(ADD, kwargs={"amount": amount}), callers, seconds
            )
    connection = RabbitConnection(url, "bench")
    client = RabbitRpcClient(connection, topology())
    jobs = RemoteJobs(client, 1000, SIZE, PrometheusMetrics(), NoTracing())
    await served(jobs)
    found = await ask(lambda amount: jobs.ask(Add(amount=amount)), callers, seconds)
    await connection.close()
    return found


async def served(jobs: RemoteJobs) -> None:
    """Wait until the worker has made its queue."""
    while True:
        try:
            await jobs.ask(Add(amount=0))
        except NoWorker:
            await asyncio.sleep(0.02)
        else:
            return


def main() -> None:
    """Serve, or measure one side."""
    side, task, url, *seconds = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if task == "worker":
            runner.run(work(side, url))
            return
        print(json.dumps(runner.run(measure(side, int(task), url, float(seconds[0])))))


if __name__ == "__main__":
    main()
