"""A consumer's memory: what has come and was not received yet is bounded in bytes, too."""

import asyncio
import gc
from collections.abc import Sequence

from aiormq.abc import DeliveredMessage

from chassis.application.ports.subscription import RECEIVED_BYTES, Delivery
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import consumers, declared, envelopes, waiting

SIZE = 2**20
COUNT = 64
AT_ONCE = 16
# To look at all that is in memory takes long.
EVERY = 0.1
# Seconds without another byte, after which no more is to come.
STILL = 1.0
# Past the bound: the message that crosses it, and the one whose frames are coming in.
SLACK = 2 * SIZE
MOST = RECEIVED_BYTES + SLACK


def held() -> int:
    """Return how many bytes of bodies are in memory, in any holder."""
    gc.collect()
    return sum(len(each.body) for each in gc.get_objects() if isinstance(each, DeliveredMessage))


async def settled() -> int:
    """Return what is held once that grows no more."""
    before = -1
    while (now := held()) != before:
        before = now
        await asyncio.sleep(STILL)
    return now


async def preload(broker: RabbitBroker, url: str, table: Topology) -> list[bytes]:
    await declared(url, table)
    bodies = [b"%03d" % number + bytes(SIZE - 3) for number in range(COUNT)]
    for first in range(0, COUNT, AT_ONCE):
        await broker.publisher.publish(envelopes(*bodies[first : first + AT_ONCE]))
    return [body[:3] for body in bodies]


def numbers(deliveries: Sequence[Delivery]) -> list[bytes]:
    return [each.body[:3] for each in deliveries]


async def test_large_messages_wait_in_the_broker(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    numbered = await preload(broker, broker_url, table)
    received = await broker.subscription.receive(1)
    # The broker has sent all of them: the unread ones wait on the wire.
    while await waiting(broker_url, table.queue):
        await asyncio.sleep(0.01)
    most = await settled()
    # The received one does not count: its receiver limits that.
    assert RECEIVED_BYTES <= most <= MOST + SIZE

    found = numbers(received)
    await broker.subscription.ack(received)
    while len(found) < COUNT:
        received = await broker.subscription.receive(500)
        if len(found) % 8 == 0:
            most = max(most, held())
        found += numbers(received)
        await broker.subscription.ack(received)
    assert found == numbered
    assert most <= MOST + RECEIVED_BYTES


async def test_all_of_them_can_be_given_back(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    numbered = await preload(broker, broker_url, table)
    received = await broker.subscription.receive(500)
    await settled()

    giving_back = asyncio.create_task(broker.subscription.requeue(received))
    del received
    most = 0
    while not giving_back.done():
        most = max(most, held())
        await asyncio.sleep(EVERY)
    await giving_back
    # Not after all that was on its way has been read: that may take long.
    assert most <= MOST + RECEIVED_BYTES
    while await waiting(broker_url, table.queue) < COUNT:
        await asyncio.sleep(0.01)
    assert not await consumers(broker_url, table.queue)

    found: list[bytes] = []
    while len(found) < COUNT:
        received = await broker.subscription.receive(500)
        assert all(len(each.body) == SIZE for each in received)
        found += numbers(received)
        await broker.subscription.ack(received)
    assert found == numbered


async def test_dead_letters_can_be_read_meanwhile(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await preload(broker, broker_url, table)
    await broker.dead_letters.add(b"dead", "why")
    received = await broker.subscription.receive(1)
    await settled()

    assert [each.message.body async for each in broker.dead_letters.walk()] == [b"dead"]
    # The consumer is the one of before: its deliveries can be settled.
    await broker.subscription.ack(received)
