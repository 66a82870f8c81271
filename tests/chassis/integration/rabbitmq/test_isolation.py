"""Messages that RabbitMQ refuses by closing the channel: each is its own affair."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from chassis.application.failures import Failures
from chassis.application.ports.dead_letter_queue import NotTaken
from chassis.application.ports.subscription import Rejection
from chassis.infrastructure.rabbitmq import isolation
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    DELAYS,
    declared,
    envelopes,
    opened,
    receive,
    unavailable,
    waiting,
)
from tests.chassis.integration.rabbitmq.control import allow_topics, allow_writes, set_message_limit
from tests.servers.rabbitmq import RabbitmqServer

FORBIDDEN = "notification.forbidden.ada"
LIMIT = 1000


@pytest.fixture
def server() -> Iterator[RabbitmqServer]:
    with RabbitmqServer.private(f"max_message_size = {LIMIT}") as server:
        yield server


@pytest.fixture
async def broker(server: RabbitmqServer, table: Topology) -> AsyncIterator[RabbitBroker]:
    await declared(server.url, table)
    async with opened(server.url, table) as broker:
        yield broker


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> list[RabbitConnection]:
    """Counts a connection for each channel that is opened."""
    opened: list[RabbitConnection] = []
    open_channel = RabbitConnection.open_channel

    async def count(connection: RabbitConnection) -> object:
        opened.append(connection)
        return await open_channel(connection)

    monkeypatch.setattr(RabbitConnection, "open_channel", count)
    return opened


async def test_a_routing_key_that_is_refused_stops_none_of_the_others(
    broker: RabbitBroker, server: RabbitmqServer, table: Topology, caplog: pytest.LogCaptureFixture
) -> None:
    await allow_topics(server, table.exchange, "^notification\\.greeted\\..*")
    good = envelopes(*([b"good"] * 50))
    [bad] = envelopes(b"bad", key=FORBIDDEN)

    confirmed = await broker.publisher.publish([*good[:25], bad, *good[25:]])

    assert confirmed == {each.id for each in good}
    [line] = [vars(each) for each in caplog.records if each.levelno == logging.WARNING]
    assert line["id"] == str(bad.id)
    assert "refused" in line["reason"]
    assert server.password not in line["reason"]
    # Alone, too, and again: it is its own affair.
    assert await broker.publisher.publish([bad]) == set()
    await allow_topics(server, table.exchange, ".*")
    assert await broker.publisher.publish([bad]) == {bad.id}


async def test_hundreds_too_large_hold_up_the_good_ones_for_seconds(
    broker: RabbitBroker,
) -> None:
    sent = envelopes(*([bytes(LIMIT + 1)] * 9 + [b"good"]) * 100)
    good = {each.id for each in sent if len(each.body) <= LIMIT}

    # As the relay does: what is not confirmed comes again.
    confirmed: set[object] = set()
    async with asyncio.timeout(45):
        while not confirmed >= good:
            left = [each for each in sent if each.id not in confirmed]
            confirmed |= await broker.publisher.publish(left)

    assert confirmed == good


async def test_others_are_published_while_the_refused_are_looked_for(broker: RabbitBroker) -> None:
    looking = asyncio.create_task(broker.publisher.publish(envelopes(*([bytes(LIMIT + 1)] * 1000))))
    rounds = 0
    while not looking.done():
        good = envelopes(*([b"good"] * 10))
        assert await broker.publisher.publish(good) == {each.id for each in good}
        rounds += 1

    assert rounds >= 3
    assert await looking == set()


async def test_a_search_ends_with_its_time_and_goes_on_with_the_next_call(
    broker: RabbitBroker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await broker.publisher.publish(envelopes(b"first"))
    monkeypatch.setattr(isolation, "BUDGET", 0.05)
    sent = envelopes(*([bytes(LIMIT + 1)] * 200))

    found: list[int] = []
    async with asyncio.timeout(45):
        while sum(found) < len(sent):
            caplog.clear()
            assert await broker.publisher.publish(sent) == set()
            found.append(len(caplog.records))
            # The time comes first to those of which it is not known.
            monkeypatch.setattr(isolation, "BUDGET", 30)

    assert len(found) == 2
    assert found[0] < len(sent)


async def test_one_that_was_refused_is_tried_apart_from_then_on(
    broker: RabbitBroker, channels: list[RabbitConnection]
) -> None:
    [bad] = envelopes(bytes(LIMIT + 1))
    good = envelopes(*([b"good"] * 20))
    await broker.publisher.publish([bad, *good])
    channels.clear()

    for _ in range(3):
        again = envelopes(*([b"good"] * 20))
        assert await broker.publisher.publish([bad, *again]) == {each.id for each in again}

    # The channel of the one itself, each time: that of the others lives on.
    assert len(channels) <= 3


async def test_the_connection_outlives_what_it_is_refused(
    broker: RabbitBroker, server: RabbitmqServer
) -> None:
    await broker.check()
    sockets = server.output().count("accepting AMQP connection")

    for _ in range(5):
        # So many that the client still writes when the channel is closed.
        sent = envelopes(bytes(LIMIT + 1), *([bytes(LIMIT)] * 2000))
        await broker.publisher.publish(sent)

    assert server.output().count("accepting AMQP connection") == sockets


async def test_an_exchange_that_may_not_be_written_to_is_no_messages_fault(
    broker: RabbitBroker, server: RabbitmqServer, table: Topology
) -> None:
    good = envelopes(b"1", b"2")
    await allow_writes(server, "unrouted$")

    assert f"'{table.exchange}'" in await unavailable(broker.publisher.publish(good))

    await allow_writes(server, ".*")
    assert await broker.publisher.publish(good) == {each.id for each in good}


async def test_why_a_replay_is_refused_is_told(
    broker: RabbitBroker, server: RabbitmqServer, table: Topology
) -> None:
    [lost] = envelopes(b"lost", key="unwanted")
    await broker.publisher.publish([lost])
    await allow_topics(server, table.exchange, "^notification\\..*")

    async with aclosing(broker.unrouted.walk()) as walk:
        async for dead_letter in walk:
            with pytest.raises(NotTaken, match="ACCESS_REFUSED"):
                await dead_letter.replay()

    assert await waiting(server.url, table.unrouted) == 1


@pytest.mark.parametrize("delay", (None, DELAYS[0]))
async def test_what_the_broker_does_not_take_aside_stays_in_hand_and_stops_no_other(
    broker: RabbitBroker, server: RabbitmqServer, table: Topology, delay: float | None
) -> None:
    """The limit was lowered after the message had come."""
    large, small = envelopes(bytes(LIMIT), b"small")
    await broker.publisher.publish([large, small])
    deliveries = await receive(broker, 2)
    await set_message_limit(server, LIMIT - 1)
    rejections = [Rejection(delivery, "failed: so", Failures(1), delay) for delivery in deliveries]

    moved = await broker.subscription.reject(rejections)

    assert [len(each.delivery.body) for each in moved.left] == [LIMIT]
    await broker.close()
    # It was not acked, so it comes again. The other one is where it belongs, or back by now.
    taken = await receive(broker, 2 if delay else 1)
    assert LIMIT in [len(each.body) for each in taken]
    assert await waiting(server.url, table.dead) == (0 if delay else 1)
