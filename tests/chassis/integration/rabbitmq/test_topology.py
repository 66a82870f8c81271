"""The declared objects: by whom, how often, and together with existing ones."""

import asyncio
from contextlib import suppress

import pytest

from chassis.application.errors import Unavailable
from chassis.application.ports.subscription import Delivery
from chassis.infrastructure.rabbitmq import subscription
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    channel,
    declared,
    envelopes,
    opened,
    receive,
    topology,
    unavailable,
    waiting,
)


async def test_a_queue_of_another_kind_is_named_with_what_to_do(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    async with channel(broker_url) as other:
        await other.declare_queue(table.queue, durable=True)

    text = await unavailable(broker.subscription.receive(1))

    assert table.queue in text
    assert "BROKER_QUEUE" in text
    assert "\n" not in text
    assert table.queue in await unavailable(broker.advice())


async def test_an_exchange_that_others_made_in_their_way_is_taken_as_it_is(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    async with channel(broker_url) as other:
        await other.declare_exchange(table.exchange, "topic", durable=True)
    await declared(broker_url, table)

    sent = envelopes(b"1")
    assert await broker.publisher.publish(sent) == {sent[0].id}
    # With no exchange behind it, the publisher itself keeps what no queue wants.
    unwanted = envelopes(b"2", key="other")
    assert await broker.publisher.publish(unwanted) == {unwanted[0].id}
    assert await waiting(broker_url, table.unrouted) == 1
    assert f"exchange {table.exchange} differs from" in str(await broker.advice())


async def test_a_producer_alone_keeps_what_no_queue_wants_yet(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    sent = envelopes(b"1")

    assert await broker.publisher.publish(sent) == {sent[0].id}

    assert await waiting(broker_url, table.unrouted) == 1
    assert table.unrouted in str(await broker.advice())


async def test_nobody_is_told_of_what_is_as_it_should_be(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    assert await broker.advice() is None
    await declared(broker_url, table)
    assert await broker.advice() is None


async def test_many_declare_at_once(broker_url: str, table: Topology) -> None:
    async with opened(broker_url, table):
        await asyncio.gather(*(declared(broker_url, table) for _ in range(5)))


async def test_what_is_deleted_under_a_publisher_is_made_again(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await broker.publisher.publish(envelopes(b"1"))
    async with channel(broker_url) as other:
        await (await other.get_exchange(table.exchange)).delete()

    await unavailable(broker.publisher.publish(envelopes(b"2")))

    assert len(await broker.publisher.publish(envelopes(b"2"))) == 1


@pytest.mark.parametrize("size", (1, 3))
async def test_when_unrouted_is_full_nothing_more_is_confirmed_until_there_is_room(
    broker_url: str, unique_name: str, size: int
) -> None:
    table = topology(unique_name, unrouted=size)
    async with opened(broker_url, table) as broker:
        # A quorum queue sees its bound a little late.
        while await broker.publisher.publish(envelopes(b"1")):
            pass
        assert await waiting(broker_url, table.unrouted) >= size

        async with channel(broker_url) as other:
            await (await other.get_queue(table.unrouted)).purge()
        assert len(await broker.publisher.publish(envelopes(b"2"))) == 1


async def test_two_services_each_receive_from_one_exchange(
    broker_url: str, unique_name: str
) -> None:
    first = topology(unique_name, "notification.greeted.*")
    second = Topology(
        exchange=unique_name,
        queue=f"{unique_name}.second",
        bindings=("notification.#",),
        prefetch=10,
        unrouted_limit=1000,
    )
    async with opened(broker_url, first) as one, opened(broker_url, second) as other:
        await declared(broker_url, first)
        await declared(broker_url, second)
        await one.publisher.publish(envelopes(b"1"))
        await one.publisher.publish(envelopes(b"2", key="notification.left.ada"))

        assert [each.body for each in await receive(one, 1)] == [b"1"]
        assert [each.body for each in await receive(other, 2)] == [b"1", b"2"]


async def test_two_subscriptions_share_a_queue(
    broker: RabbitBroker, broker_url: str, unique_name: str
) -> None:
    table = topology(unique_name, "notification.#", prefetch=1)
    await declared(broker_url, table)
    one, two = RabbitBroker(broker_url, table), RabbitBroker(broker_url, table)
    receiving = [asyncio.create_task(each.subscription.receive(1)) for each in (one, two)]

    await broker.publisher.publish(envelopes(b"1", b"2"))

    received = [delivery for batch in await asyncio.gather(*receiving) for delivery in batch]
    assert sorted(each.body for each in received) == [b"1", b"2"]
    await asyncio.gather(one.close(), two.close())


async def test_a_consumer_binds_again_where_the_exchange_was_deleted_and_made_anew(
    broker: RabbitBroker, broker_url: str, table: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "DECLARED_FOR", 0.2)

    async def receive_in_the_end() -> list[Delivery]:
        # It may bind in the very moment of the deletion, which is refused; a service asks again.
        while True:
            with suppress(Unavailable):
                return await broker.subscription.receive(1)

    receiving = asyncio.create_task(receive_in_the_end())
    await declared(broker_url, table)
    async with channel(broker_url) as other:
        await (await other.get_exchange(table.exchange)).delete()

    # Without effect at first: no queue is bound, and unrouted messages are stored in `unrouted`.
    async with asyncio.timeout(60):
        while not receiving.done():
            await broker.publisher.publish(envelopes(b"1"))
            await asyncio.sleep(0.05)

    assert [delivery.body for delivery in await receiving] == [b"1"]
