"""The rows of a topology: the same messages reach the service's queue on every broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
import pytest

from chassis.application.ports.broker import Broker
from chassis.application.ports.outbox import Envelope
from chassis.application.topology import OWN, SUBJECT, TYPE, Binding, Exchange, TopologyRow
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory.broker import MemoryBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import channel, declared, opened, receive
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted

TYPES = ("order.placed.v1", "order.paid.v1", "order.shipped.v1")
SUBJECTS = ("ada", "bob")

type Rows = Sequence[TopologyRow]
type Open = Callable[[pytest.FixtureRequest, Rows], AbstractAsyncContextManager[Broker]]


@asynccontextmanager
async def memory(_: pytest.FixtureRequest, rows: Rows) -> AsyncIterator[Broker]:
    database = MemoryDatabase()
    yield MemoryBroker(MemoryDeadLetters(database), MemoryUnrouted(database), (), 1000, rows)


@asynccontextmanager
async def rabbitmq(request: pytest.FixtureRequest, rows: Rows) -> AsyncIterator[Broker]:
    url = request.getfixturevalue("broker_url")
    name = request.getfixturevalue("unique_name")
    table = Topology(
        exchange=name,
        queue=f"{name}.queue",
        bindings=(),
        prefetch=1000,
        unrouted_limit=1000,
        headers=True,
        table=tuple(rows),
    )
    async with opened(url, table) as broker:
        await declared(url, table)
        yield broker
        async with channel(url) as other:
            for row in rows:
                if isinstance(row, Exchange):
                    await (await other.get_exchange(row.name, ensure=False)).delete()


BROKERS: dict[str, Open] = {"memory": memory, "rabbitmq": rabbitmq}


def events() -> list[Envelope]:
    """Return an event of each type for each subject."""
    return [
        Envelope(
            new_id(system_clock()),
            ".".join((*kind.split(".")[:2], subject)),
            msgspec.json.encode({"type": kind, "subject": subject}),
        )
        for kind in TYPES
        for subject in SUBJECTS
    ]


def table(unique: str, pattern: str) -> list[TopologyRow]:
    """Return the rows of one pattern: all events to an exchange, and from there to the queue."""
    name = f"{unique}.{pattern}"
    ways = {
        "topic": [Binding(source=name, queue=OWN, key="order.placed.*")],
        "direct": [Binding(source=name, queue=OWN, key="order.paid.ada")],
        "fanout": [Binding(source=name, queue=OWN)],
        "headers": [
            Binding(source=name, queue=OWN, headers={TYPE: TYPES[0], SUBJECT: "bob"}),
            Binding(source=name, queue=OWN, headers={TYPE: TYPES[1], SUBJECT: "ada"}, match="any"),
        ],
        "consistent-hash": [Binding(source=name, queue=OWN, key="1")],
    }
    return [
        # A parameter of the test.
        Exchange(name=name, kind=pattern, hashes=SUBJECT),  # type: ignore[arg-type]
        Binding(exchange=name, key="order.#"),
        *ways[pattern],
    ]


EXPECTED = {
    "topic": ["order.placed.ada", "order.placed.bob"],
    "direct": ["order.paid.ada"],
    "fanout": [
        "order.paid.ada",
        "order.paid.bob",
        "order.placed.ada",
        "order.placed.bob",
        "order.shipped.ada",
        "order.shipped.bob",
    ],
    "headers": [
        "order.paid.ada",
        "order.paid.bob",
        "order.placed.ada",
        "order.placed.bob",
        "order.shipped.ada",
    ],
}
EXPECTED["consistent-hash"] = EXPECTED["fanout"]


@pytest.mark.parametrize("name", sorted(BROKERS))
@pytest.mark.parametrize("pattern", sorted(EXPECTED))
async def test_each_pattern_brings_its_messages_to_the_queue(
    name: str, pattern: str, request: pytest.FixtureRequest, unique_name: str
) -> None:
    sent = events()
    expected = EXPECTED[pattern]
    async with BROKERS[name](request, table(unique_name, pattern)) as broker:
        publishing = asyncio.create_task(broker.publisher.publish(sent))
        received = await receive(broker, len(expected))
        await broker.subscription.ack(received)

        assert await publishing == {each.id for each in sent}
        keys = {each.body: each.routing_key for each in sent}
        assert sorted(keys[each.body] for each in received) == expected
        # No queue has the rest.
        assert await broker.unrouted.count() == len(sent) - len(expected)
