"""`unrouted` empties itself once a queue is bound, and keeps what still fits nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest
from aio_pika import Message
from aiormq.abc import FieldTable

from chassis.application.errors import Unavailable
from chassis.application.ports.unrouted import Rerouted
from chassis.infrastructure.memory.bindings import Bindings
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.taking import Taking
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.rabbitmq.unrouted import RabbitUnrouted
from tests.chassis.integration.rabbitmq.brokers import (
    KEY,
    channel,
    consumers,
    declared,
    envelopes,
    receive,
    waiting,
)
from tests.chassis.topic_cases import CASES
from tests.unit.support import dead_lettered_in

type Round = Callable[..., Awaitable[list[Rerouted]]]


@pytest.fixture
def round_of(broker_url: str, table: Topology) -> Round:
    async def make(broker: RabbitBroker, limit: int = 100) -> list[Rerouted]:
        # A consumer that has gone is counted a little longer.
        while await consumers(broker_url, table.unrouted):
            await asyncio.sleep(0.01)
        async with aclosing(broker.unrouted.route(limit)) as batches:
            return [batch async for batch in batches]

    return make


async def publish(broker: RabbitBroker, *numbers: int, key: str = KEY) -> None:
    sent = envelopes(*(b"%d" % number for number in numbers), key=key)
    assert len(await broker.publisher.publish(sent)) == len(sent)


def tried(batches: list[Rerouted]) -> list[tuple[int, int]]:
    return [(batch.tried, batch.routed) for batch in batches]


async def test_what_waited_for_a_binding_is_routed_in_its_order(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, *range(25))
    assert tried(await round_of(broker)) == [(25, 0)]
    await declared(broker_url, table)

    assert tried(await round_of(broker, 10)) == [(10, 10), (10, 10), (5, 5)]

    assert await waiting(broker_url, table.unrouted) == 0
    assert [each.body for each in await receive(broker, 25)] == [b"%d" % n for n in range(25)]
    assert await round_of(broker) == []


async def test_without_a_sign_that_a_queue_takes_anything_a_round_is_one_batch(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, *range(30), key="order.placed")

    assert tried(await round_of(broker, 10)) == [(10, 0)]
    assert await waiting(broker_url, table.unrouted) == 30


async def test_a_consumer_that_binds_its_queue_finds_what_lies_behind_the_rest(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, *range(30), key="order.placed")
    await publish(broker, 31)
    await broker.subscription.declare()

    assert tried(await round_of(broker, 10)) == [(10, 0), (10, 0), (10, 0), (1, 1)]

    assert [each.body for each in await receive(broker, 1)] == [b"31"]
    there = [message.body for message in await dead_lettered_in(broker.unrouted)]
    assert there == [b"%d" % number for number in range(30)]
    # It has seen everything: without a new sign it does not look that far again.
    assert tried(await round_of(broker, 10)) == [(10, 0)]


async def test_a_round_that_was_cut_short_is_made_up_for(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, *range(30), key="order.placed")
    await broker.subscription.declare()
    async with aclosing(broker.unrouted.route(10)) as batches:
        await anext(batches)

    assert await waiting(broker_url, table.unrouted) == 30
    assert tried(await round_of(broker, 10)) == [(10, 0)] * 3


async def test_several_rounds_at_the_same_time_route_each_message_once(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, *range(200))
    await publish(broker, *range(20), key="order.placed")
    await declared(broker_url, table)
    others = [RabbitBroker(broker_url, table) for _ in range(3)]

    await asyncio.gather(*(round_of(each, 7) for each in others))
    await round_of(broker, 7)

    assert await waiting(broker_url, table.queue) == 200
    assert await waiting(broker_url, table.unrouted) == 20
    received = {each.body for each in await receive(broker, 200)}
    assert received == {b"%d" % number for number in range(200)}
    await asyncio.gather(*(each.close() for each in others))


async def test_what_the_broker_does_not_take_holds_up_nothing_behind_it(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, *range(15), key="full.queue")
    await publish(broker, 15)
    await declared(broker_url, table)
    async with channel(broker_url) as other:
        # A queue that confirms nothing more: one message fills it.
        arguments: FieldTable = {"x-max-length": 1, "x-overflow": "reject-publish"}
        full = await other.declare_queue(
            f"{table.queue}.full", auto_delete=True, exclusive=True, arguments=arguments
        )
        await full.bind(table.exchange, "full.#")
        await publish(broker, 99, key="full.queue")

        await broker.subscription.declare()
        found = await round_of(broker, 5)

    assert sum(batch.tried for batch in found) == 16
    assert [each.body for each in await receive(broker, 1)] == [b"15"]
    assert await broker.unrouted.count() == 15


async def test_an_outage_at_any_moment_of_a_round_loses_nothing(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    connections = tuple(RabbitConnection(broker_url, "tests") for _ in range(3))
    publishing, asking, routing = connections
    unrouted = RabbitUnrouted(publishing, asking, routing, table)
    count = 0
    failures = 0
    for number in range(12):
        await publish(broker, *range(count, count + 10), key="order.placed")
        count += 10
        going = asyncio.create_task(anext(unrouted.route(10)))
        # Somewhere between the first call and the last ack.
        await asyncio.sleep(0.004 * number)
        for connection in connections:
            connection.cut()
        (result,) = await asyncio.gather(going, return_exceptions=True)
        assert isinstance(result, Rerouted | Unavailable)
        failures += isinstance(result, Unavailable)
    assert failures

    # Messages that a lost connection held come back a little later.
    while await waiting(broker_url, table.unrouted) < count:
        await asyncio.sleep(0.01)
    there = {message.body for message in await dead_lettered_in(broker.unrouted)}
    assert there == {b"%d" % number for number in range(count)}
    await asyncio.gather(*(connection.close() for connection in connections))


async def test_what_is_taken_is_read_as_there_is_room(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    bodies = [b"%d" % number * (3 * 2**20) for number in range(6)]
    assert len(await broker.publisher.publish(envelopes(*bodies))) == 6
    connection = RabbitConnection(broker_url, "tests")
    taking = await Taking.begin(connection, table.unrouted, 6)

    came: list[bytes] = []
    while len(came) < 6:
        # All that can come meanwhile has come.
        await asyncio.sleep(0.3)
        some = await taking.next()
        assert 1 <= len(some) <= 3
        came += [message.body for message in some]

    assert came == bodies
    await taking.close()
    await connection.close()


async def test_while_another_makes_a_round_it_is_left_to_that(
    broker: RabbitBroker, broker_url: str, table: Topology, round_of: Round
) -> None:
    await publish(broker, 1, 2)
    connection = RabbitConnection(broker_url, "tests")
    taking = await Taking.begin(connection, table.unrouted, 1)
    assert await taking.next()

    async with aclosing(broker.unrouted.route(10)) as batches:
        assert [batch async for batch in batches] == []

    await taking.close()
    await connection.close()
    assert tried(await round_of(broker)) == [(2, 0)]


async def test_the_memory_brokers_bindings_take_what_rabbitmq_routes(
    broker_url: str, unique_name: str
) -> None:
    keys = {key for _, key, _ in CASES}
    taken: dict[str, set[str]] = {}
    async with channel(broker_url) as other:
        exchange = await other.declare_exchange(unique_name, "topic", auto_delete=True)
        queues = {}
        for binding in {binding for binding, _, _ in CASES}:
            queues[binding] = await other.declare_queue(exclusive=True)
            await queues[binding].bind(exchange, binding)
        for key in keys:
            await exchange.publish(Message(key.encode()), key, mandatory=False)
        for binding, queue in queues.items():
            taken[binding] = set()
            while (message := await queue.get(no_ack=True, fail=False)) is not None:
                taken[binding].add(message.body.decode())

    for binding, found in taken.items():
        assert found == {key for key in keys if Bindings([binding]).take(key)}, binding
