"""The client's own path for messages, which a consumer bypasses."""

import asyncio

from aiormq.abc import DeliveredMessage

from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries
from tests.chassis.integration.rabbitmq.brokers import declared, envelopes, waiting

# Bodies of no frame, of one, and of several: RabbitMQ's frames have 128 KiB.
BODIES = [b"", b"1", b"x" * 300_000, b"", b"y" * 131_072, b"2" * 131_065, b"3"]


async def test_every_message_is_taken_and_the_client_gets_none(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(*BODIES))
    connection = RabbitConnection(broker_url, "tests")
    channel = await (await connection.open_channel()).get_underlay_channel()
    taken: list[DeliveredMessage] = []
    delivered: list[DeliveredMessage] = []

    async def deliver(message: DeliveredMessage) -> None:
        delivered.append(message)

    has_room = asyncio.Event()
    has_room.set()
    Deliveries.stand_in(channel, taken.append, has_room)
    consuming = await channel.basic_consume(table.queue, deliver)
    while len(taken) < len(BODIES):
        await asyncio.sleep(0.01)

    assert [message.body for message in taken] == BODIES
    assert [message.delivery_tag for message in taken] == list(range(1, 1 + len(BODIES)))
    assert taken[0].header.properties.message_id
    # Frames that are no delivery still reach the client, which waits for them.
    assert consuming.consumer_tag is not None
    await channel.basic_cancel(consuming.consumer_tag)
    await taken[-1].channel.basic_ack(len(BODIES), multiple=True)
    await channel.basic_qos(prefetch_count=1)
    assert delivered == []
    await connection.close()
    assert await waiting(broker_url, table.queue) == 0
