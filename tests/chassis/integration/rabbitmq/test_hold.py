"""RabbitMQ closes a channel that holds a delivery too long (`consumer_timeout`)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    declared,
    envelopes,
    insist,
    receive,
    unavailable,
    waiting,
)
from tests.chassis.integration.rabbitmq.control import look_often
from tests.servers.rabbitmq import RabbitmqServer


@pytest.fixture
async def hasty() -> AsyncIterator[RabbitmqServer]:
    """A server that suffers what is held for a second."""
    with RabbitmqServer.private("consumer_timeout = 1000") as server:
        await look_often(server)
        yield server


async def test_what_is_held_too_long_comes_again(hasty: RabbitmqServer, table: Topology) -> None:
    broker = RabbitBroker(hasty.url, table)
    await declared(hasty.url, table)
    await broker.publisher.publish(envelopes(b"1"))
    held = await receive(broker, 1)

    text = await unavailable(broker.subscription.receive(1))
    assert "ended" in text
    assert "timed out" in text

    assert "closed" in await unavailable(broker.subscription.ack(held))
    again = await insist(lambda: broker.subscription.receive(1))
    assert [each.body for each in again] == [b"1"]
    await broker.subscription.ack(again)
    await broker.close()


async def test_a_pause_holds_nothing_however_long_it_is(
    hasty: RabbitmqServer, table: Topology
) -> None:
    broker = RabbitBroker(hasty.url, table)
    await declared(hasty.url, table)
    await broker.publisher.publish(envelopes(b"1", b"2", b"3"))
    received = await broker.subscription.receive(1)
    held = received[0]

    await broker.subscription.requeue([held])
    await broker.publisher.publish(envelopes(b"4"))

    # The consumer's buffered messages are back too, and it takes no new ones.
    while await waiting(hasty.url, table.queue) < 4:
        await asyncio.sleep(0.01)
    # Longer than a delivery may be held.
    await asyncio.sleep(2.5)
    assert await waiting(hasty.url, table.queue) == 4
    # A quorum queue without a delivery limit puts returned messages behind its own, and does so
    # after it has answered. So the fourth message may be first.
    assert {each.body for each in await receive(broker, 4)} == {b"1", b"2", b"3", b"4"}
    await broker.close()
