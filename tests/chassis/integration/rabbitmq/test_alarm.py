"""The memory alarm: RabbitMQ reads nothing more from a connection that publishes."""

import asyncio
import time

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
from tests.chassis.integration.rabbitmq.control import end_alarm, raise_alarm
from tests.servers.rabbitmq import RabbitmqServer
from tests.unit.support import reject


async def test_publishing_is_refused_at_once_while_acks_go_on_and_goes_on_with_the_calm(
    own_rabbitmq: RabbitmqServer, table: Topology
) -> None:
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared(own_rabbitmq.url, table)
    await broker.publisher.publish(envelopes(b"1", b"2"))
    held = await receive(broker, 2)
    await raise_alarm(own_rabbitmq)

    # The server reports its alarm once it sees a message.
    start = time.monotonic()
    assert "alarm" in await unavailable(broker.publisher.publish(envelopes(b"3")))
    assert "alarm" in await unavailable(broker.publisher.publish(envelopes(b"4")))
    assert "alarm" in await unavailable(reject(broker, held[1], "why"))
    assert "alarm" in await unavailable(broker.check())
    assert time.monotonic() - start < 3
    await broker.subscription.ack(held)
    assert await waiting(own_rabbitmq.url, table.queue) == 0

    await end_alarm(own_rabbitmq)
    sent = envelopes(b"5")
    assert await insist(lambda: broker.publisher.publish(sent)) == {sent[0].id}
    # The third was on its way when the alarm was told; the fourth never left.
    assert [each.body for each in await receive(broker, 2)] == [b"3", b"5"]
    await broker.close()


async def test_a_server_that_went_down_in_its_alarm_is_found_again(
    own_rabbitmq: RabbitmqServer, table: Topology
) -> None:
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared(own_rabbitmq.url, table)
    await raise_alarm(own_rabbitmq)
    assert "alarm" in await unavailable(broker.publisher.publish(envelopes(b"1")))

    await asyncio.to_thread(own_rabbitmq.stop)
    await asyncio.to_thread(own_rabbitmq.start)

    sent = envelopes(b"2")
    assert await insist(lambda: broker.publisher.publish(sent)) == {sent[0].id}
    await broker.check()
    await broker.close()
