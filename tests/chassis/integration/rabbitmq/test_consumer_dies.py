"""A consumer that the broker ends is never a silent dead one: the next `receive` is another."""

import asyncio

from chassis.application.ports.subscription import Delivery
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.consumer import RabbitConsumer
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    channel,
    declared,
    declared_and_synced,
    envelopes,
    insist,
    receiving,
    unavailable,
    waiting,
)
from tests.servers.rabbitmq import RabbitmqServer
from tests.unit.support import reject


async def test_a_queue_that_is_deleted_under_it_is_made_again(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    in_vain = await receiving(broker, broker_url, table.queue)
    async with channel(broker_url) as other:
        queue = await other.get_queue(table.queue)
        await queue.delete(if_unused=False, if_empty=False)

    assert "ended" in await unavailable(in_vain)

    again = await receiving(broker, broker_url, table.queue)
    await broker.publisher.publish(envelopes(b"1"))
    assert [each.body for each in await again] == [b"1"]


async def test_a_wrong_acknowledgement_ends_it_and_what_it_held_comes_again(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(b"1", b"2"))
    connection = RabbitConnection(broker_url, "tests")
    consumer = await RabbitConsumer.open(connection, prefetch=10)
    await consumer.start({table.queue: 0})
    held = await consumer.next(1, 100)
    held += await consumer.next(1, 100)

    _, message = held[0]
    await message.channel.basic_ack(99)

    assert "ended" in await unavailable(consumer.next(10, 100))
    assert not consumer.is_alive
    assert await waiting(broker_url, table.queue) == 2
    await connection.close()


async def test_a_tag_never_means_another_delivery_of_a_later_channel(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(b"1"))
    (old,) = await broker.subscription.receive(1)
    async with channel(broker_url) as other:
        queue = await other.get_queue(table.queue)
        await queue.delete(if_unused=False, if_empty=False)
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(b"2"))
    (new,) = await insist(lambda: broker.subscription.receive(1))

    assert "closed" in await unavailable(broker.subscription.ack([old]))
    # Redelivered messages are neither dead-lettered nor returned.
    assert await reject(broker, old, "why")
    await broker.subscription.requeue([old])
    assert await broker.dead_letters.count() == 0

    assert (old.body, new.body) == (b"1", b"2")
    assert old.tag != new.tag


async def test_a_server_that_is_killed_and_started_again_has_lost_nothing(
    own_rabbitmq: RabbitmqServer, table: Topology
) -> None:
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared_and_synced(own_rabbitmq, table)
    await broker.publisher.publish(envelopes(b"1"))
    held = await broker.subscription.receive(1)
    in_vain = asyncio.create_task(broker.subscription.receive(1))

    await asyncio.to_thread(own_rabbitmq.kill)
    await unavailable(in_vain)
    assert "refuses the connection" in await unavailable(broker.check())
    await unavailable(broker.publisher.publish(envelopes(b"2")))
    await asyncio.to_thread(own_rabbitmq.start)

    assert len(await insist(lambda: broker.publisher.publish(envelopes(b"2")))) == 1
    again: list[Delivery] = []
    while len(again) < 2:
        again += await insist(lambda: broker.subscription.receive(2))
    assert [each.body for each in again] == [b"1", b"2"]
    await unavailable(broker.subscription.ack(held))
    await broker.subscription.ack(again)
    await broker.close()
