"""Promises of the memory broker beyond the contract: it confirms only settled messages."""

import asyncio
from contextlib import aclosing
from uuid import UUID

import pytest

from chassis.application.errors import Unavailable
from chassis.application.ports.dead_letters import REPLAY
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import Rejection
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory import queue
from chassis.infrastructure.memory.broker import MemoryBroker
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted
from tests.unit.support import dead_lettered_in, reject

type Publishing = asyncio.Task[set[UUID]]


async def published(broker: MemoryBroker, *bodies: bytes) -> Publishing:
    """Begin to publish, and get as far as that goes without a consumer."""
    sent = [Envelope(new_id(system_clock()), "key", body) for body in bodies]
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    await asyncio.sleep(0)
    return publishing


async def is_confirmed(publishing: Publishing) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return publishing.done()


async def test_a_publish_is_not_confirmed_by_being_received(broker: MemoryBroker) -> None:
    publishing = await published(broker, b"1", b"2")
    first, second = await broker.subscription.receive(2)
    assert not await is_confirmed(publishing)

    await broker.subscription.ack([first])
    assert not await is_confirmed(publishing)

    await broker.subscription.requeue([second])
    assert not await is_confirmed(publishing)

    await broker.subscription.ack(await broker.subscription.receive(2))
    assert await is_confirmed(publishing)


async def test_a_publish_is_confirmed_by_dead_lettering_once_that_is_stored(
    broker: MemoryBroker, database: MemoryDatabase, dead_letters: MemoryDeadLetters
) -> None:
    publishing = await published(broker, b"1")
    (delivery,) = await broker.subscription.receive(1)
    database.available = False
    with pytest.raises(Unavailable):
        await reject(broker, delivery, "why")
    assert not await is_confirmed(publishing)

    database.available = True
    await reject(broker, delivery, "why")

    assert await is_confirmed(publishing)
    assert await dead_letters.count() == 1


async def test_deliveries_keep_the_order_of_their_publishes(broker: MemoryBroker) -> None:
    publishing = [await published(broker, b"1", b"2"), await published(broker, b"3")]

    received = await broker.subscription.receive(10)

    assert [delivery.body for delivery in received] == [b"1", b"2", b"3"]
    await broker.subscription.ack(received)
    assert [len(await each) for each in publishing] == [2, 1]


async def test_a_publisher_that_gives_up_withdraws_what_nobody_has_taken(
    broker: MemoryBroker,
) -> None:
    publishing = await published(broker, b"1", b"2")
    (taken,) = await broker.subscription.receive(1)
    other = await published(broker, b"3")

    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)

    # Its outbox row brings the message again: given back here, it would come twice.
    await broker.subscription.requeue([taken])
    received = await broker.subscription.receive(10)
    assert [delivery.body for delivery in received] == [b"3"]
    await broker.subscription.ack([taken, *received])
    assert await is_confirmed(other)


async def test_two_receivers_share_the_queue(broker: MemoryBroker) -> None:
    receiving = [asyncio.create_task(broker.subscription.receive(1)) for _ in range(2)]
    await asyncio.sleep(0)

    publishing = await published(broker, b"1", b"2")

    received = [delivery for batch in await asyncio.gather(*receiving) for delivery in batch]
    assert sorted(delivery.body for delivery in received) == [b"1", b"2"]
    await broker.subscription.ack(received)
    await publishing


async def test_a_receiver_that_comes_too_late_waits_on(broker: MemoryBroker) -> None:
    receiving = [asyncio.create_task(broker.subscription.receive(1)) for _ in range(2)]
    await asyncio.sleep(0)

    publishing = await published(broker, b"1")
    await broker.subscription.ack(await receiving[0])
    assert await is_confirmed(publishing)
    assert not receiving[1].done()

    publishing = await published(broker, b"2")
    assert [delivery.body for delivery in await receiving[1]] == [b"2"]
    publishing.cancel()


async def test_what_is_tried_later_holds_up_nobody_and_is_confirmed_once_it_is_settled(
    broker: MemoryBroker,
) -> None:
    sent = [Envelope(new_id(system_clock()), "key", body) for body in (b"1", b"2")]
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    first, second = await broker.subscription.receive(2)
    await broker.subscription.ack([second])
    await reject(broker, first, "why", delay=0.01)

    assert await publishing == {sent[1].id}
    # As the outbox does, which brings it again and again meanwhile.
    assert await broker.publisher.publish(sent[:1]) == set()

    (again,) = await broker.subscription.receive(2)
    assert (again.body, again.failures.count) == (b"1", 1)
    assert await broker.publisher.publish(sent[:1]) == set()
    await broker.subscription.ack([again])

    assert await broker.publisher.publish(sent[:1]) == {sent[0].id}


async def test_what_is_tried_later_is_held_up_to_a_bound_and_comes_again_from_the_outbox(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LATER_BYTES", 1)
    sent = [Envelope(new_id(system_clock()), "key", body) for body in (b"1", b"2")]
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    first, second = await broker.subscription.receive(2)
    await reject(broker, first, "why", delay=60)
    moved = await broker.subscription.reject(
        [Rejection(second, "why", second.failures.again(system_clock()), delay=0.01)]
    )
    assert len(moved.confirmed) == 1
    assert await publishing == set()

    await asyncio.sleep(0.05)
    # There was no room for its body: the outbox has that still, and brings it.
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    (again,) = await broker.subscription.receive(2)
    assert (again.body, again.failures.count) == (b"2", 1)
    await broker.subscription.ack([again])
    assert await publishing == {sent[1].id}


async def test_what_was_tried_again_leaves_its_room_to_others(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LATER_BYTES", 1)
    for body in (b"1", b"2"):
        publishing = await published(broker, body)
        (delivery,) = await broker.subscription.receive(1)
        await reject(broker, delivery, "why", delay=0.01)
        assert await publishing == set()

        (again,) = await broker.subscription.receive(1)
        assert (again.body, again.failures.count) == (body, 1)
        await broker.subscription.ack([again])


def sent_to(key: str, *bodies: bytes) -> list[Envelope]:
    return [Envelope(new_id(system_clock()), key, body) for body in bodies]


async def test_a_replayed_dead_letter_reaches_the_queue_whatever_its_bindings(
    broker: MemoryBroker,
) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(sent_to(REPLAY, b"1")))
    (delivery,) = await broker.subscription.receive(1)
    await broker.subscription.ack([delivery])
    assert len(await publishing) == 1


async def test_what_no_binding_takes_is_confirmed_once_it_is_stored(
    broker: MemoryBroker, database: MemoryDatabase, unrouted: MemoryUnrouted
) -> None:
    sent = sent_to("order.placed", b"1")
    database.available = False
    with pytest.raises(Unavailable):
        await broker.publisher.publish(sent)

    database.available = True
    assert await broker.publisher.publish(sent) == {sent[0].id}
    assert await unrouted.count() == 1


async def test_without_room_what_no_binding_takes_stays_in_the_outbox(
    broker: MemoryBroker, unrouted: MemoryUnrouted
) -> None:
    sent = sent_to("order.placed", b"1", b"2", b"3", b"4")
    assert await broker.publisher.publish(sent) == {each.id for each in sent[:3]}
    assert await broker.publisher.publish(sent[3:]) == set()
    assert await unrouted.count() == 3


async def test_another_process_with_the_binding_routes_what_was_left(
    broker: MemoryBroker,
    dead_letters: MemoryDeadLetters,
    unrouted: MemoryUnrouted,
    database: MemoryDatabase,
) -> None:
    await broker.publisher.publish(sent_to("order.placed", b"1"))
    await broker.publisher.publish(sent_to("invoice.sent", b"2"))
    await broker.publisher.publish(sent_to("order.cancelled", b"3"))
    newer = MemoryBroker(dead_letters, unrouted, ["order.#"], unrouted_limit=3)

    async with aclosing(newer.unrouted.route(2)) as batches:
        found = [batch async for batch in batches]

    assert [(batch.tried, batch.routed) for batch in found] == [(2, 1), (1, 1)]
    assert found[-1].unwanted == {"invoice.#": 1}
    keys = [waiting.envelope.routing_key for waiting in database.state.outbox.values()]
    assert keys == ["order.placed", "order.cancelled"]
    assert [message.body for message in await dead_lettered_in(newer.unrouted)] == [b"2"]
    # Later entries are reported without another walk.
    await newer.publisher.publish(sent_to("shipment.sent", b"4"))
    async with aclosing(newer.unrouted.route(2)) as batches:
        assert [batch.unwanted async for batch in batches] == [{"invoice.#": 1, "shipment.#": 1}]


async def test_a_database_that_is_away_leaves_nothing_to_advise(
    broker: MemoryBroker, database: MemoryDatabase
) -> None:
    await broker.publisher.publish(sent_to("order.placed", b"1"))
    database.available = False
    assert await broker.advice() is None
