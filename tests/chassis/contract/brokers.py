"""The adapters of the broker ports, and short words for what the tests do with them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from chassis.application.ports.broker import Broker
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import Delivery
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory.broker import MemoryBroker
from tests.chassis.integration.rabbitmq.brokers import declared, opened, topology
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted

BINDINGS = ("notification.#",)

# A broker may confirm a publish as soon as it stores the message, or only once it is settled. So
# tests publish here while the consumer runs.


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    database = MemoryDatabase()
    broker = MemoryBroker(MemoryDeadLetters(database), MemoryUnrouted(database), BINDINGS, 1000)
    yield broker
    await broker.close()


@asynccontextmanager
async def rabbitmq(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    url = request.getfixturevalue("broker_url")
    table = topology(request.getfixturevalue("unique_name"), *BINDINGS)
    async with opened(url, table) as broker:
        await declared(url, table)
        yield broker


type Adapter = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Broker]]

BROKERS: dict[str, Adapter] = {"memory": memory, "rabbitmq": rabbitmq}


def envelopes(*bodies: bytes, key: str = "notification.greeted.ada") -> list[Envelope]:
    return [Envelope(new_id(system_clock()), key, body) for body in bodies]


async def receive(broker: Broker, count: int, limit: int = 500) -> list[Delivery]:
    """Return that many deliveries, however they come."""
    found: list[Delivery] = []
    while len(found) < count:
        found += await broker.subscription.receive(min(limit, count - len(found)))
    return found


async def nothing_comes(broker: Broker) -> bool:
    """Return whether a message that is published now is the first to come."""
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"marker")))
    received = await broker.subscription.receive(10)
    await broker.subscription.ack(received)
    await publishing
    return bodies(received) == [b"marker"]


def bodies(deliveries: Iterable[Delivery]) -> list[bytes]:
    return sorted(delivery.body for delivery in deliveries)
