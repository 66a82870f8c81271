"""The ports `Broker`, `Publisher` and `Subscription`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from app.application.ports.broker import Broker
from app.application.ports.dead_letters import DeadLetters
from app.application.ports.outbox import Envelope
from app.application.ports.subscription import Delivery
from app.domain.notification.identity import new_id
from app.infrastructure.clock import system_clock
from app.infrastructure.memory.broker import MemoryBroker
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters
from tests.unit.support import parked_in

# A broker may confirm a publish as soon as it keeps the message, or only once it is settled: so
# whoever publishes here does it beside the consumer.


@dataclass(frozen=True)
class Subject:
    """A broker, and where what it parks can be looked up."""

    broker: Broker
    dead_letters: DeadLetters


@asynccontextmanager
async def memory() -> AsyncIterator[Subject]:
    dead_letters = MemoryDeadLetters(MemoryDatabase())
    broker = MemoryBroker("memory://", dead_letters)
    yield Subject(broker, dead_letters)
    await broker.close()


BROKERS: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {"memory": memory}


@pytest.fixture(params=sorted(BROKERS))
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with BROKERS[request.param]() as opened, asyncio.timeout(10):
        yield opened


def envelopes(*bodies: bytes) -> list[Envelope]:
    key = "notification.greeted.ada"
    return [Envelope(new_id(system_clock()), key, body) for body in bodies]


async def receive(subject: Subject, count: int, limit: int = 500) -> list[Delivery]:
    """Return that many deliveries, however they come."""
    found: list[Delivery] = []
    while len(found) < count:
        found += await subject.broker.subscription.receive(min(limit, count - len(found)))
    return found


async def nothing_comes(subject: Subject) -> bool:
    try:
        async with asyncio.timeout(0.05):
            await subject.broker.subscription.receive(1)
    except TimeoutError:
        return True
    return False


def bodies(deliveries: Iterable[Delivery]) -> list[bytes]:
    return sorted(delivery.body for delivery in deliveries)


async def test_it_answers(subject: Subject) -> None:
    await subject.broker.check()


async def test_what_is_published_is_delivered_and_confirmed(subject: Subject) -> None:
    sent = envelopes(b"1", b"2", b"3")
    publishing = asyncio.create_task(subject.broker.publisher.publish(sent))

    received = await receive(subject, 3)
    await subject.broker.subscription.ack(received)

    assert bodies(received) == [b"1", b"2", b"3"]
    assert await publishing == {envelope.id for envelope in sent}


async def test_a_body_is_carried_as_it_is(subject: Subject) -> None:
    body = bytes(range(256)) * 1000
    publishing = asyncio.create_task(subject.broker.publisher.publish(envelopes(body, b"")))

    received = await receive(subject, 2)
    await subject.broker.subscription.ack(received)

    assert bodies(received) == [b"", body]
    await publishing


async def test_publishing_nothing_confirms_nothing(subject: Subject) -> None:
    assert await subject.broker.publisher.publish([]) == set()


async def test_settling_nothing_is_nothing(subject: Subject) -> None:
    await subject.broker.subscription.ack([])
    await subject.broker.subscription.requeue([])


async def test_what_is_acked_does_not_come_again(subject: Subject) -> None:
    publishing = asyncio.create_task(subject.broker.publisher.publish(envelopes(b"1", b"2")))

    await subject.broker.subscription.ack(await receive(subject, 2))
    await publishing

    assert await nothing_comes(subject)


async def test_a_batch_is_bounded(subject: Subject) -> None:
    sent = envelopes(*(b"%d" % number for number in range(7)))
    publishing = asyncio.create_task(subject.broker.publisher.publish(sent))

    received: list[Delivery] = []
    while len(received) < 7:
        batch = await subject.broker.subscription.receive(3)
        assert 1 <= len(batch) <= 3
        received += batch

    assert bodies(received) == sorted(envelope.body for envelope in sent)
    await subject.broker.subscription.ack(received)
    await publishing


async def test_what_is_given_back_comes_again(subject: Subject) -> None:
    sent = envelopes(b"1", b"2", b"3")
    publishing = asyncio.create_task(subject.broker.publisher.publish(sent))
    first = await receive(subject, 3)
    kept = [delivery for delivery in first if delivery.body == b"2"]
    back = [delivery for delivery in first if delivery.body != b"2"]

    await subject.broker.subscription.ack(kept)
    await subject.broker.subscription.requeue(back)

    again = await receive(subject, 2)
    assert bodies(again) == [b"1", b"3"]
    await subject.broker.subscription.ack(again)
    assert await publishing == {envelope.id for envelope in sent}


async def test_a_delivery_may_be_given_back_many_times(subject: Subject) -> None:
    publishing = asyncio.create_task(subject.broker.publisher.publish(envelopes(b"1")))

    for _ in range(25):
        await subject.broker.subscription.requeue(await receive(subject, 1))

    await subject.broker.subscription.ack(await receive(subject, 1))
    assert len(await publishing) == 1


async def test_what_is_parked_is_kept_with_its_reason_and_does_not_come_again(
    subject: Subject,
) -> None:
    sent = envelopes(b"bad \xff", b"good")
    publishing = asyncio.create_task(subject.broker.publisher.publish(sent))
    bad, good = sorted(await receive(subject, 2), key=lambda delivery: delivery.body)

    await subject.broker.subscription.park(bad, "undecodable: ж")
    await subject.broker.subscription.ack([good])

    assert await publishing == {envelope.id for envelope in sent}
    (letter,) = await parked_in(subject.dead_letters)
    assert (letter.body, letter.reason) == (b"bad \xff", "undecodable: ж")
    assert await nothing_comes(subject)


async def test_a_receiver_that_is_cancelled_takes_nothing_with_it(subject: Subject) -> None:
    waiting = asyncio.create_task(subject.broker.subscription.receive(10))
    await asyncio.sleep(0)

    publishing = asyncio.create_task(subject.broker.publisher.publish(envelopes(b"1")))
    await asyncio.sleep(0)
    waiting.cancel()
    (result,) = await asyncio.gather(waiting, return_exceptions=True)

    received = result if isinstance(result, list) else await receive(subject, 1)
    assert bodies(received) == [b"1"]
    await subject.broker.subscription.ack(received)
    await publishing


async def test_a_publisher_that_is_cancelled_may_publish_again(subject: Subject) -> None:
    sent = envelopes(b"1")
    publishing = asyncio.create_task(subject.broker.publisher.publish(sent))
    await asyncio.sleep(0)
    publishing.cancel()
    await asyncio.gather(publishing, return_exceptions=True)

    publishing = asyncio.create_task(subject.broker.publisher.publish(sent))
    received = await receive(subject, 1)
    await subject.broker.subscription.ack(received)

    assert received[0].body == b"1"
    assert await publishing == {sent[0].id}
