"""A broker for one test, its messages, and what the tests ask of the server behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelNotFoundEntity

from chassis.application.errors import Unavailable
from chassis.application.ports.broker import Broker
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import Delivery
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.servers.rabbitmq import RabbitmqServer

KEY = "notification.greeted.ada"


# Seconds.
DELAYS = (0.2, 0.4)


def topology(name: str, *bindings: str, prefetch: int = 1000, unrouted: int = 1000) -> Topology:
    return Topology(
        exchange=name,
        queue=f"{name}.queue",
        bindings=bindings,
        prefetch=prefetch,
        unrouted_limit=unrouted,
        delays=DELAYS,
    )


def default_topology(name: str) -> Topology:
    return topology(name, "notification.#")


@asynccontextmanager
async def opened(url: str, table: Topology) -> AsyncIterator[RabbitBroker]:
    """Open a broker on a server that lives on; what it declares there goes with it."""
    broker = RabbitBroker(url, table)
    try:
        yield broker
    finally:
        await broker.close()
        async with channel(url) as other:
            delayed = [table.delayed(delay) for delay in table.delays]
            for queue in (table.queue, table.dead, table.unrouted, *delayed):
                await (await other.get_queue(queue, ensure=False)).delete(
                    if_unused=False, if_empty=False
                )
            for exchange in (table.exchange, table.unrouted):
                await (await other.get_exchange(exchange, ensure=False)).delete()


async def declared(url: str, table: Topology) -> None:
    """Declare all of it, so that what is published finds its queue."""
    connection = RabbitConnection(url, "tests")
    await declare(connection, table.rows())
    await connection.close()


async def declared_and_synced(server: RabbitmqServer, table: Topology) -> None:
    """Declare all of it so that it outlives a kill.

    RabbitMQ 4.0 does not recover a quorum queue that was declared in the second before a power
    failure. Its confirmed messages are lost: "configured member … was not found on this node".
    """
    await declared(server.url, table)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)


@asynccontextmanager
async def channel(url: str) -> AsyncIterator[AbstractChannel]:
    """Open a channel that shares no code with the broker."""
    connection = await aio_pika.connect(url)
    async with connection:
        yield await connection.channel(on_return_raises=True)


async def waiting(url: str, queue: str) -> int:
    """Return how many messages are ready in a queue."""
    async with channel(url) as other:
        found = await other.declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0


def envelopes(*bodies: bytes, key: str = KEY) -> list[Envelope]:
    return [Envelope(new_id(system_clock()), key, body) for body in bodies]


async def receive(broker: Broker, count: int) -> list[Delivery]:
    """Return that many deliveries, however they come."""
    found: list[Delivery] = []
    while len(found) < count:
        found += await broker.subscription.receive(count - len(found))
    return found


async def receiving(broker: Broker, url: str, queue: str) -> asyncio.Task[list[Delivery]]:
    """Begin to receive from an empty queue, and return the task once it waits there."""
    task = asyncio.create_task(broker.subscription.receive(500))
    while not await consumers(url, queue):
        await asyncio.sleep(0.01)
    return task


async def consumers(url: str, queue: str) -> int:
    """Return how many consumers a queue has, 0 where there is no such queue."""
    async with channel(url) as other:
        try:
            found = await other.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity:
            return 0
        return found.declaration_result.consumer_count or 0


async def insist[Result](attempt: Callable[[], Awaitable[Result]]) -> Result:
    """Try until it is available, as the service's loops do; a test's timeout ends it."""
    while True:
        try:
            return await attempt()
        except Unavailable:
            await asyncio.sleep(0.05)


async def unavailable(attempt: Awaitable[object]) -> str:
    """Return why it is unavailable."""
    with pytest.raises(Unavailable) as caught:
        await attempt
    return str(caught.value)
