"""Ten thousand messages through two consumers, and a server that is killed on the way."""

import asyncio
from functools import partial
from uuid import UUID

from chassis.application.errors import Unavailable
from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import declared_and_synced, envelopes, insist
from tests.servers.rabbitmq import RabbitmqServer

COUNT = 10_000
BATCH = 500


async def test_none_is_missing(own_rabbitmq: RabbitmqServer, table: Topology) -> None:
    await declared_and_synced(own_rabbitmq, table)
    producer = RabbitBroker(own_rabbitmq.url, table)
    consumers = [RabbitBroker(own_rabbitmq.url, table) for _ in range(2)]
    sent = envelopes(*(b"%d" % number for number in range(COUNT)))
    received: set[bytes] = set()
    half = asyncio.Event()

    async def consume(broker: RabbitBroker) -> None:
        while len(received) < COUNT:
            try:
                deliveries = await broker.subscription.receive(BATCH)
                received.update(delivery.body for delivery in deliveries)
                await broker.subscription.ack(deliveries)
            except Unavailable:
                await asyncio.sleep(0.1)
            if len(received) > COUNT // 2:
                half.set()

    async with asyncio.TaskGroup() as group:
        consuming = [group.create_task(consume(broker)) for broker in consumers]
        publishing = group.create_task(publish_all(producer, sent))
        await half.wait()
        await asyncio.to_thread(own_rabbitmq.kill)
        await asyncio.to_thread(own_rabbitmq.start)
        confirmed = await publishing
        _, waiting = await asyncio.wait(consuming, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()

    assert confirmed == {envelope.id for envelope in sent}
    assert received == {envelope.body for envelope in sent}
    await asyncio.gather(*(each.close() for each in (producer, *consumers)))


async def publish_all(broker: RabbitBroker, sent: list[Envelope]) -> set[UUID]:
    """Publish until all are confirmed, as the relay does with what is in its outbox."""
    confirmed: set[UUID] = set()
    while left := [each for each in sent if each.id not in confirmed]:
        confirmed |= await insist(partial(broker.publisher.publish, left[:BATCH]))
    return confirmed
