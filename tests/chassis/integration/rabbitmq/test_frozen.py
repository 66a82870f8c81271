"""A server that stands still: connections stay open, and nothing answers."""

import asyncio
import time

import pytest

from chassis.infrastructure.rabbitmq import connection, sender
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    declared,
    envelopes,
    insist,
    receive,
    unavailable,
)
from tests.servers.rabbitmq import RabbitmqServer

pytestmark = pytest.mark.attack("frozen server", "broker")


@pytest.fixture(autouse=True)
def timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "TIMEOUT", 1.0)
    monkeypatch.setattr(connection, "LEAVE", 1.0)


async def test_nobody_waits_for_ever_and_all_goes_on_afterwards(
    own_rabbitmq: RabbitmqServer, table: Topology
) -> None:
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared(own_rabbitmq.url, table)
    await broker.publisher.publish(envelopes(b"1"))
    held = await receive(broker, 1)
    own_rabbitmq.freeze()

    start = time.monotonic()
    # More than sockets take without a reader.
    assert "does not answer" in await unavailable(
        broker.publisher.publish(envelopes(*[bytes(100_000)] * 200))
    )
    assert time.monotonic() - start < 3
    assert "does not answer" in await unavailable(broker.check())
    await broker.subscription.requeue(held)
    assert time.monotonic() - start < 20

    own_rabbitmq.thaw()
    assert len(await insist(lambda: broker.publisher.publish(envelopes(b"2")))) == 1
    bodies: list[bytes] = []
    while b"2" not in bodies:
        bodies += [each.body for each in await insist(lambda: broker.subscription.receive(500))]
    assert b"1" in bodies
    await broker.close()


async def test_closing_is_bounded_too(own_rabbitmq: RabbitmqServer, table: Topology) -> None:
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared(own_rabbitmq.url, table)
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))
    receiving = asyncio.create_task(broker.subscription.receive(1))
    await asyncio.gather(publishing, receiving)
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(*[bytes(100_000)] * 200)))
    own_rabbitmq.freeze()

    start = time.monotonic()
    await broker.close()

    assert time.monotonic() - start < 5
    await unavailable(publishing)
    own_rabbitmq.thaw()


async def test_whoever_only_waits_is_told_by_the_heartbeat(
    own_rabbitmq: RabbitmqServer, table: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Seconds; the client allows for three, and one more each.
    monkeypatch.setattr(connection, "HEARTBEAT", 1)
    monkeypatch.setattr(sender, "TIMEOUT", 60.0)
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared(own_rabbitmq.url, table)
    await broker.publisher.publish(envelopes(b"1"))
    receiving = asyncio.create_task(broker.subscription.receive(1))
    await broker.subscription.ack(await receiving)
    own_rabbitmq.freeze()

    receiving = asyncio.create_task(broker.subscription.receive(1))
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"2")))

    assert "ended" in await unavailable(receiving)
    assert "answer" in await unavailable(publishing)
    own_rabbitmq.thaw()
    await broker.close()


async def test_a_call_that_the_client_gives_up_is_no_cancellation_of_its_caller(
    own_rabbitmq: RabbitmqServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEARTBEAT", 1)
    opened = connection.RabbitConnection(own_rabbitmq.url, "tests")
    channel = await opened.open_channel()
    own_rabbitmq.freeze()

    async def call() -> None:
        async with opened.watch(60):
            await channel.declare_queue("any")

    # The client ends it with a `CancelledError`, which would end a loop without a word.
    assert "no longer answers" in await unavailable(call())
    own_rabbitmq.thaw()
    await opened.close()
