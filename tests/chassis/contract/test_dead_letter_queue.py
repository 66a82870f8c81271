"""The port `DeadLetterQueue`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass

import pytest
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange

from chassis.application.ports.dead_letter_queue import DeadLetterQueue
from chassis.application.ports.outbox import Envelope
from chassis.domain.ids import new_id
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from tests.chassis.integration.rabbitmq.brokers import (
    KEY,
    channel,
    declared,
    default_topology,
    opened,
    receive,
    waiting,
)
from tests.contract.database import stores
from tests.unit.support import dead_lettered_in

type Replayed = Callable[[], Awaitable[list[bytes]]]
type Rabbit = tuple[RabbitBroker, Replayed, AbstractExchange]


@dataclass(frozen=True)
class Subject:
    """A queue, how a message gets there, and what came of those that were replayed."""

    queue: DeadLetterQueue
    add: Callable[[bytes], Awaitable[object]]
    replayed: Replayed


def of_store(store: stores.Store) -> Subject:
    async def replayed() -> list[bytes]:
        async with store.outbox_reader.claim(100) as claim:
            claim.confirmed |= {envelope.id for envelope in claim.envelopes}
        return [envelope.body for envelope in claim.envelopes]

    return Subject(
        store.dead_letters, lambda body: store.dead_letters.add(body, "on purpose"), replayed
    )


@asynccontextmanager
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with stores.memory(request) as store:
        yield of_store(store)


@asynccontextmanager
async def sql(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with stores.sqlite(request) as store:
        yield of_store(store)


@asynccontextmanager
async def sql_unrouted(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """Unrouted messages of the memory broker, in a database."""
    async with stores.sqlite(request) as store:
        subject = of_store(store)
        unrouted = store.unrouted

        async def add(body: bytes) -> None:
            await unrouted.keep([Envelope(new_id(store.clock()), KEY, body)])
            await store.dead_letters.add(b"another's", "failed: on purpose")

        yield Subject(unrouted, add, subject.replayed)


@asynccontextmanager
async def dead_letters(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """A service's dead letters on RabbitMQ."""
    async with rabbitmq(request) as (broker, replayed, _):
        yield Subject(
            broker.dead_letters,
            lambda body: broker.dead_letters.add(body, "on purpose"),
            replayed,
        )


@asynccontextmanager
async def unrouted(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """Unrouted messages on RabbitMQ, until a queue was bound for them."""
    async with rabbitmq(request) as (broker, replayed, exchange):

        async def add(body: bytes) -> None:
            # As the exchange in front does.
            await exchange.publish(Message(body, delivery_mode=DeliveryMode.PERSISTENT), KEY)

        yield Subject(broker.unrouted, add, replayed)


@asynccontextmanager
async def rabbitmq(request: pytest.FixtureRequest) -> AsyncIterator[Rabbit]:
    url = request.getfixturevalue("broker_url")
    table = default_topology(request.getfixturevalue("unique_name"))
    async with opened(url, table) as broker, channel(url) as other:
        await declared(url, table)

        async def replayed() -> list[bytes]:
            return [each.body for each in await receive(broker, await waiting(url, table.queue))]

        yield broker, replayed, await other.get_exchange(table.unrouted)


type Adapter = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Subject]]

LOTS: dict[str, Adapter] = {
    "memory": memory,
    "sql": sql,
    "sql unrouted": sql_unrouted,
    "rabbitmq dead letters": dead_letters,
    "rabbitmq unrouted": unrouted,
}


@pytest.fixture(params=sorted(LOTS))
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with LOTS[request.param](request) as opened:
        yield opened


async def add_all(subject: Subject, *bodies: bytes) -> None:
    for body in bodies:
        await subject.add(body)


async def here(subject: Subject) -> list[bytes]:
    return [message.body for message in await dead_lettered_in(subject.queue)]


async def test_nothing_is_there_at_first(subject: Subject) -> None:
    assert await here(subject) == []
    assert await subject.queue.count() == 0


async def test_messages_are_kept_as_they_came_oldest_first(subject: Subject) -> None:
    bodies = [b"", b"\0\xff", b"x" * 300_000]
    await add_all(subject, *bodies)

    messages = await dead_lettered_in(subject.queue)

    assert [message.body for message in messages] == bodies
    assert await subject.queue.count() == 3
    assert all(message.reason for message in messages)
    assert all(message.dead_lettered_at.tzinfo for message in messages)


async def test_each_has_an_id_of_its_own_and_keeps_it(subject: Subject) -> None:
    await add_all(subject, b"1", b"2", b"2")

    first = [message.id for message in await dead_lettered_in(subject.queue)]
    second = [message.id for message in await dead_lettered_in(subject.queue)]

    assert first == second
    assert len(set(first)) == 3


async def test_a_walk_leaves_in_its_place_what_it_only_looks_at(subject: Subject) -> None:
    await add_all(subject, b"1", b"2", b"3", b"4")
    async with aclosing(subject.queue.walk()) as walk:
        async for each in walk:
            if each.message.body == b"2":
                await each.discard()
            if each.message.body == b"3":
                break

    assert await here(subject) == [b"1", b"3", b"4"]
    assert await subject.replayed() == []


async def test_what_is_replayed_moves_once(subject: Subject) -> None:
    await add_all(subject, b"1", b"\0\xff", b"3")
    async with aclosing(subject.queue.walk()) as walk:
        async for each in walk:
            if each.message.body == b"\0\xff":
                await each.replay()
                await each.replay()
                await each.discard()

    assert await here(subject) == [b"1", b"3"]
    assert await subject.replayed() == [b"\0\xff"]


async def test_what_is_discarded_is_gone_for_good(subject: Subject) -> None:
    await add_all(subject, b"1")
    async with aclosing(subject.queue.walk()) as walk:
        async for each in walk:
            await each.discard()
            await each.discard()
            await each.replay()

    assert await subject.queue.count() == 0
    assert await here(subject) == []
    assert await subject.replayed() == []


async def test_a_walk_ends_though_more_comes_meanwhile(subject: Subject) -> None:
    await add_all(subject, b"1", b"2")
    async with aclosing(subject.queue.walk()) as walk:
        async for each in walk:
            await each.replay()
            await subject.add(each.message.body)

    assert await here(subject) == [b"1", b"2"]
    assert await subject.replayed() == [b"1", b"2"]
