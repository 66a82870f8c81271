"""The ports `Broker`, `Publisher` and `Subscription`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from app.application.failures import Failures
from app.application.ports.broker import Broker
from app.application.ports.outbox import Envelope
from app.application.ports.subscription import Aside, Delivery, Moved
from app.domain.ids import new_id
from app.infrastructure.clock import system_clock
from app.infrastructure.memory.broker import MemoryBroker
from tests.integration.rabbitmq.brokers import DELAYS, declared, opened, topology
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted
from tests.unit.support import parked_in, set_aside

BINDINGS = ("notification.#",)

# A broker may confirm a publish as soon as it keeps the message, or only once it is settled: so
# whoever publishes here does it beside the consumer.


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    database = MemoryDatabase()
    broker = MemoryBroker(MemoryDeadLetters(database), MemoryUnrouted(database), BINDINGS, 1000)
    yield broker
    await broker.close()


@asynccontextmanager
async def rabbitmq(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    url = request.getfixturevalue("broker_url")
    table = topology(request.getfixturevalue("unique_name"), *BINDINGS)
    async with opened(url, table) as broker:
        await declared(url, table)
        yield broker


type Adapter = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Broker]]

BROKERS: dict[str, Adapter] = {"memory": memory, "rabbitmq": rabbitmq}


@pytest.fixture(params=sorted(BROKERS))
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    async with BROKERS[request.param](request) as subject, asyncio.timeout(20):
        yield subject


def envelopes(*bodies: bytes, key: str = "notification.greeted.ada") -> list[Envelope]:
    return [Envelope(new_id(system_clock()), key, body) for body in bodies]


async def receive(broker: Broker, count: int, limit: int = 500) -> list[Delivery]:
    """Return that many deliveries, however they come."""
    found: list[Delivery] = []
    while len(found) < count:
        found += await broker.subscription.receive(min(limit, count - len(found)))
    return found


async def nothing_comes(broker: Broker) -> bool:
    """Return whether a message that is published now is the first to come."""
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"marker")))
    received = await broker.subscription.receive(10)
    await broker.subscription.ack(received)
    await publishing
    return bodies(received) == [b"marker"]


def bodies(deliveries: Iterable[Delivery]) -> list[bytes]:
    return sorted(delivery.body for delivery in deliveries)


async def test_it_answers(broker: Broker) -> None:
    await broker.check()


async def test_what_is_published_is_delivered_and_confirmed(broker: Broker) -> None:
    sent = envelopes(b"1", b"2", b"3")
    publishing = asyncio.create_task(broker.publisher.publish(sent))

    received = await receive(broker, 3)
    await broker.subscription.ack(received)

    assert bodies(received) == [b"1", b"2", b"3"]
    assert await publishing == {envelope.id for envelope in sent}


async def test_a_body_is_carried_as_it_is(broker: Broker) -> None:
    body = bytes(range(256)) * 1000
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(body, b"")))

    received = await receive(broker, 2)
    await broker.subscription.ack(received)

    assert bodies(received) == [b"", body]
    await publishing


async def test_publishing_nothing_confirms_nothing(broker: Broker) -> None:
    assert await broker.publisher.publish([]) == set()


async def test_settling_nothing_is_nothing(broker: Broker) -> None:
    await broker.subscription.ack([])
    await broker.subscription.requeue([])


async def test_what_is_acked_does_not_come_again(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1", b"2")))

    await broker.subscription.ack(await receive(broker, 2))
    await publishing

    assert await nothing_comes(broker)


async def test_a_batch_is_bounded(broker: Broker) -> None:
    sent = envelopes(*(b"%d" % number for number in range(7)))
    publishing = asyncio.create_task(broker.publisher.publish(sent))

    received: list[Delivery] = []
    while len(received) < 7:
        batch = await broker.subscription.receive(3)
        assert 1 <= len(batch) <= 3
        received += batch

    assert bodies(received) == sorted(envelope.body for envelope in sent)
    await broker.subscription.ack(received)
    await publishing


async def test_what_is_given_back_comes_again(broker: Broker) -> None:
    sent = envelopes(b"1", b"2", b"3")
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    first = await receive(broker, 3)
    kept = [delivery for delivery in first if delivery.body == b"2"]
    back = [delivery for delivery in first if delivery.body != b"2"]

    await broker.subscription.ack(kept)
    await broker.subscription.requeue(back)

    again = await receive(broker, 2)
    assert bodies(again) == [b"1", b"3"]
    await broker.subscription.ack(again)
    assert await publishing == {envelope.id for envelope in sent}


async def test_a_delivery_may_be_given_back_many_times(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))

    for _ in range(25):
        await broker.subscription.requeue(await receive(broker, 1))

    await broker.subscription.ack(await receive(broker, 1))
    assert len(await publishing) == 1


async def test_what_is_parked_is_kept_with_its_reason_and_does_not_come_again(
    broker: Broker,
) -> None:
    sent = envelopes(b"bad \xff", b"good")
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    bad, good = sorted(await receive(broker, 2), key=lambda delivery: delivery.body)

    await set_aside(broker, bad, "undecodable: ж")
    await broker.subscription.ack([good])

    assert await publishing == {envelope.id for envelope in sent}
    (letter,) = await parked_in(broker.dead_letters)
    assert (letter.body, letter.reason) == (b"bad \xff", "undecodable: ж")
    assert await nothing_comes(broker)


async def test_a_receiver_that_is_cancelled_takes_nothing_with_it(broker: Broker) -> None:
    waiting = asyncio.create_task(broker.subscription.receive(10))
    await asyncio.sleep(0)

    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))
    await asyncio.sleep(0)
    waiting.cancel()
    (result,) = await asyncio.gather(waiting, return_exceptions=True)

    received = result if isinstance(result, list) else await receive(broker, 1)
    assert bodies(received) == [b"1"]
    await broker.subscription.ack(received)
    await publishing


async def test_a_publisher_that_is_cancelled_may_publish_again(broker: Broker) -> None:
    sent = envelopes(b"1")
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    await asyncio.sleep(0)
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)

    publishing = asyncio.create_task(broker.publisher.publish(sent))
    received = await receive(broker, 1)
    await broker.subscription.ack(received)

    assert received[0].body == b"1"
    assert await publishing == {sent[0].id}


async def test_what_is_set_aside_for_a_while_comes_again_with_its_failures(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"bad \xff")))
    (delivery,) = await receive(broker, 1)
    first = system_clock()
    seen = []

    for delay in DELAYS:
        assert await set_aside(broker, delivery, "failed: ж", delay)
        (delivery,) = await receive(broker, 1)
        seen.append(delivery)
    last = system_clock()
    await broker.subscription.ack(seen[-1:])
    await publishing

    assert [each.body for each in seen] == [b"bad \xff"] * 2
    assert [each.failures.count for each in seen] == [1, 2]
    known = [seen[0].failures.first, seen[1].failures.first, seen[1].failures.last]
    assert known[0] == known[1]
    assert all(at is not None and first <= at <= last for at in known)
    assert last - first >= timedelta(seconds=sum(DELAYS))
    assert await broker.dead_letters.count() == 0
    assert await nothing_comes(broker)


async def test_what_is_parked_keeps_how_often_it_failed_and_since_when(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))
    (delivery,) = await receive(broker, 1)
    first = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    failures = Failures(7, first, first + timedelta(hours=1))

    aside = Aside(delivery, "failed: so", failures)
    assert (await broker.subscription.set_aside([aside])).kept == [aside]

    (letter,) = await parked_in(broker.dead_letters)
    assert letter.failures == failures
    await publishing


async def test_what_is_set_aside_twice_is_kept_once(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))
    (delivery,) = await receive(broker, 1)

    aside = Aside(delivery, "why", Failures(1))
    assert await broker.subscription.set_aside([aside]) == Moved([aside])
    assert await broker.subscription.set_aside([aside]) == Moved()

    assert await broker.dead_letters.count() == 1
    await publishing


async def test_what_waits_to_be_set_aside_is_not_given_back_with_the_others(
    broker: Broker,
) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1", b"2")))
    bad, good = sorted(await receive(broker, 2), key=lambda delivery: delivery.body)

    await broker.subscription.requeue([good])
    await broker.subscription.start()
    again = await broker.subscription.receive(10)
    assert bodies(again) == [b"2"]
    assert await set_aside(broker, bad, "why")
    await broker.subscription.ack(again)

    assert len(await publishing) == 2
    assert await nothing_comes(broker)


async def test_a_batch_is_bounded_in_bytes_too(broker: Broker) -> None:
    sizes = (40, 40, 40, 200, 10)
    sent = envelopes(*(b"x" * size for size in sizes))
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    received: list[Delivery] = []

    while len(received) < len(sizes):
        batch = await broker.subscription.receive(10, 100)
        assert len(batch) == 1 or sum(len(each.body) for each in batch) <= 100
        received += batch

    assert bodies(received) == sorted(envelope.body for envelope in sent)
    await broker.subscription.ack(received)
    await publishing


async def test_what_no_binding_takes_is_confirmed_kept_and_holds_up_nothing(
    broker: Broker,
) -> None:
    lost = envelopes(b"lost \xff", key="order.placed.7")
    assert await broker.publisher.publish(lost) == {lost[0].id}

    assert await nothing_comes(broker)
    (message,) = await parked_in(broker.unrouted)
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
    assert [message.body for message in await parked_in(broker.unrouted)] == [b"2", b"4"]


async def test_what_still_fits_nowhere_is_tried_once_a_round_and_told(broker: Broker) -> None:
    keys = ("order.placed.7", "order.placed.8", "invoice.sent")
    for key in keys:
        await broker.publisher.publish(envelopes(key.encode(), key=key))

    for _ in range(2):
        async with aclosing(broker.unrouted.route(10)) as batches:
            found = [batch async for batch in batches]
        assert [batch.routed for batch in found] == [0]
        assert found[0].unwanted == {"order.#": 2, "invoice.#": 1}

    there = [message.routing_key for message in await parked_in(broker.unrouted)]
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
