"""Unrouted messages: the same on every broker."""

import asyncio
from contextlib import aclosing

from chassis.application.ports.broker import Broker
from tests.chassis.contract.brokers import bodies, envelopes, nothing_comes, receive
from tests.unit.support import dead_lettered_in


async def test_what_no_binding_takes_is_confirmed_kept_and_holds_up_nothing(
    broker: Broker,
) -> None:
    lost = envelopes(b"lost \xff", key="order.placed.7")
    assert await broker.publisher.publish(lost) == {lost[0].id}

    assert await nothing_comes(broker)
    (message,) = await dead_lettered_in(broker.unrouted)
    assert (message.body, message.routing_key) == (b"lost \xff", "order.placed.7")
    assert message.reason == "unrouted: no queue was bound for order.placed.7"
    assert await broker.dead_letters.count() == 0


async def test_of_one_batch_each_message_goes_where_it_belongs(broker: Broker) -> None:
    sent = [
        *envelopes(b"1"),
        *envelopes(b"2", key="notifications.greeted"),
        *envelopes(b"3", key="notification"),
        *envelopes(b"4", key=""),
    ]
    publishing = asyncio.create_task(broker.publisher.publish(sent))

    received = await receive(broker, 2)
    await broker.subscription.ack(received)

    assert bodies(received) == [b"1", b"3"]
    assert await publishing == {envelope.id for envelope in sent}
    assert [message.body for message in await dead_lettered_in(broker.unrouted)] == [b"2", b"4"]


async def test_what_still_fits_nowhere_is_tried_once_a_round_and_told(broker: Broker) -> None:
    keys = ("order.placed.7", "order.placed.8", "invoice.sent")
    for key in keys:
        await broker.publisher.publish(envelopes(key.encode(), key=key))

    for _ in range(2):
        async with aclosing(broker.unrouted.route(10)) as batches:
            found = [batch async for batch in batches]
        assert [batch.routed for batch in found] == [0]
        assert found[0].unwanted == {"order.#": 2, "invoice.#": 1}

    there = [message.routing_key for message in await dead_lettered_in(broker.unrouted)]
    assert there == list(keys)
    advice = await broker.advice()
    assert advice is not None
    assert advice.startswith("3 messages lie in ")
    assert "order.# (2), invoice.# (1)" in advice


async def test_it_may_declare_its_queue_and_take_nothing(broker: Broker) -> None:
    await broker.subscription.declare()
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))

    received = await receive(broker, 1)
    await broker.subscription.ack(received)

    assert bodies(received) == [b"1"]
    await publishing
    assert await broker.unrouted.count() == 0
