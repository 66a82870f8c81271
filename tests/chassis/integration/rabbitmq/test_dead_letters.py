"""The parts of a message that a dead letter has, and the target of a replay."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aio_pika import DeliveryMode, Message

from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.rejections import REASON_LENGTH
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    KEY,
    channel,
    declared,
    envelopes,
    receive,
    unavailable,
    waiting,
)
from tests.unit.support import dead_lettered_in, reject


@pytest.fixture(autouse=True)
async def declare(broker_url: str, table: Topology) -> None:
    await declared(broker_url, table)


async def publish(url: str, table: Topology, **properties: Any) -> None:
    """Publish as a service of another make would."""
    async with channel(url) as other:
        exchange = await other.get_exchange(table.exchange)
        await exchange.publish(Message(b"body", **properties), KEY)


async def test_a_message_is_dead_lettered_as_it_came(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await publish(
        broker_url,
        table,
        headers={"x-theirs": "ж", "number": 7},
        content_type="text/plain",
        message_id="their-id",
        expiration=60,
    )
    (delivery,) = await receive(broker, 1)

    await reject(broker, delivery, "why")

    async with channel(broker_url) as other:
        found = await (await other.get_queue(table.dead)).get()
    assert found.body == b"body"
    assert (found.content_type, found.message_id) == ("text/plain", "their-id")
    assert (found.headers["x-theirs"], found.headers["number"]) == ("ж", 7)
    assert found.headers["x-original-routing-key"] == KEY
    assert found.headers["x-dead-lettered-reason"] == "why"
    assert found.delivery_mode is DeliveryMode.PERSISTENT
    assert found.expiration is None
    at = datetime.fromisoformat(str(found.headers["x-dead-lettered-at"]))
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


async def test_a_dead_letter_of_the_release_before_keeps_its_reason(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    at = datetime.now(UTC).isoformat()
    headers = {"x-parked-id": "noted", "x-parked-at": at, "x-parked-reason": "as it was"}
    async with channel(broker_url) as other:
        await other.default_exchange.publish(Message(b"body", headers=dict(headers)), table.dead)

    (letter,) = await dead_lettered_in(broker.dead_letters)

    assert (letter.id, letter.reason) == ("noted", "as it was")
    assert letter.dead_lettered_at == datetime.fromisoformat(at)
    async with aclosing(broker.dead_letters.walk()) as walk:
        await (await anext(walk)).replay()
    async with channel(broker_url) as other:
        found = await (await other.get_queue(table.queue)).get()
    assert not headers.keys() & found.headers.keys()


async def test_one_that_claims_more_attempts_than_can_be_counted_is_dead_lettered_all_the_same(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await publish(broker_url, table, headers={"x-attempts": 2**63 - 1})
    (delivery,) = await receive(broker, 1)

    assert await reject(broker, delivery, "why")

    assert [each.reason for each in await dead_lettered_in(broker.dead_letters)] == ["why"]


@pytest.mark.parametrize(
    ("reason", "kept"),
    (
        ("broken at \0", "broken at \\0"),
        ("half a pair: \ud800", "half a pair: \\ud800"),
        ("ж" * 5000, "ж" * REASON_LENGTH),
        ("", "unknown: not dead-lettered by this service"),
    ),
)
async def test_a_reason_may_quote_anything(broker: RabbitBroker, reason: str, kept: str) -> None:
    await broker.dead_letters.add(b"1", reason)

    (message,) = await dead_lettered_in(broker.dead_letters)

    assert message.reason == kept


async def test_a_replay_reaches_this_service_alone_and_may_be_dead_lettered_again(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    async with channel(broker_url) as other:
        neighbour = await other.declare_queue(f"{table.queue}.neighbour", auto_delete=True)
        await neighbour.bind(table.exchange, "#")
        await publish(broker_url, table, message_id="their-id", headers={"CC": [neighbour.name]})
        while await neighbour.get(no_ack=True, fail=False):
            pass
        (delivery,) = await receive(broker, 1)
        await reject(broker, delivery, "first")
        (first,) = await dead_lettered_in(broker.dead_letters)

        async with aclosing(broker.dead_letters.walk()) as walk:
            async for dead_letter in walk:
                await dead_letter.replay()
        (again,) = await receive(broker, 1)
        await reject(broker, again, "second")

        assert await neighbour.get(fail=False) is None
    (second,) = await dead_lettered_in(broker.dead_letters)
    assert (second.body, second.reason) == (b"body", "second")
    assert first.id != second.id
    async with channel(broker_url) as other:
        found = await (await other.get_queue(table.dead)).get()
        assert found.headers["x-original-routing-key"] == KEY


async def test_what_cannot_be_dead_lettered_is_not_acked(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await broker.publisher.publish(envelopes(b"0", b"1"))
    first, delivery = await receive(broker, 2)
    assert await reject(broker, first, "opens the channel")
    async with channel(broker_url) as other:
        await (await other.get_queue(table.dead)).delete(if_unused=False, if_empty=False)

    assert not await reject(broker, delivery, "why")
    await broker.subscription.requeue([delivery])
    # RabbitMQ puts it back after it has answered; the test's timeout ends the wait.
    while await waiting(broker_url, table.queue) != 1:
        await asyncio.sleep(0.01)

    # The next one makes the queue again.
    (delivery,) = await receive(broker, 1)
    await reject(broker, delivery, "why")
    assert await broker.dead_letters.count() == 1


async def test_a_message_in_hand_is_settled_within_its_walk(broker: RabbitBroker) -> None:
    await broker.dead_letters.add(b"1", "why")
    async with aclosing(broker.dead_letters.walk()) as walk:
        dead_letter = await anext(walk)

    assert "requeued" in await unavailable(dead_letter.replay())
    assert "requeued" in await unavailable(dead_letter.discard())

    assert await broker.dead_letters.count() == 1


async def test_what_nobody_wants_still_comes_back_to_the_unrouted(broker: RabbitBroker) -> None:
    await broker.publisher.publish(envelopes(b"1", b"2", key="other.key"))
    first = await dead_lettered_in(broker.unrouted)

    async with aclosing(broker.unrouted.walk()) as walk:
        async for dead_letter in walk:
            await dead_letter.replay()

    second = await dead_lettered_in(broker.unrouted)
    assert first == second
    assert [message.body for message in second] == [b"1", b"2"]
    assert second[0].reason == "unrouted: no queue was bound for other.key"
    assert abs(datetime.now(UTC) - second[0].dead_lettered_at) < timedelta(minutes=1)
