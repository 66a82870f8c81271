"""The ports `Broker`, `Publisher` and `Subscription`."""

import asyncio
from datetime import UTC, datetime, timedelta

from chassis.application.failures import Failures
from chassis.application.ports.broker import Broker
from chassis.application.ports.subscription import Delivery, Moved, Rejection
from chassis.infrastructure.clock import system_clock
from tests.chassis.contract.brokers import bodies, envelopes, nothing_comes, receive
from tests.chassis.integration.rabbitmq.brokers import DELAYS
from tests.unit.support import dead_lettered_in, reject


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


async def test_what_is_dead_lettered_is_kept_with_its_reason_and_does_not_come_again(
    broker: Broker,
) -> None:
    sent = envelopes(b"bad \xff", b"good")
    publishing = asyncio.create_task(broker.publisher.publish(sent))
    bad, good = sorted(await receive(broker, 2), key=lambda delivery: delivery.body)

    await reject(broker, bad, "undecodable: ж")
    await broker.subscription.ack([good])

    assert await publishing == {envelope.id for envelope in sent}
    (letter,) = await dead_lettered_in(broker.dead_letters)
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


async def test_what_is_rejected_for_a_while_comes_again_with_its_failures(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"bad \xff")))
    (delivery,) = await receive(broker, 1)
    first = system_clock()
    seen = []

    for delay in DELAYS:
        assert await reject(broker, delivery, "failed: ж", delay)
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


async def test_what_is_dead_lettered_keeps_how_often_it_failed_and_since_when(
    broker: Broker,
) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))
    (delivery,) = await receive(broker, 1)
    first = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    failures = Failures(7, first, first + timedelta(hours=1))

    rejection = Rejection(delivery, "failed: so", failures)
    assert (await broker.subscription.reject([rejection])).confirmed == [rejection]

    (letter,) = await dead_lettered_in(broker.dead_letters)
    assert letter.failures == failures
    await publishing


async def test_what_is_rejected_twice_is_kept_once(broker: Broker) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1")))
    (delivery,) = await receive(broker, 1)

    rejection = Rejection(delivery, "why", Failures(1))
    assert await broker.subscription.reject([rejection]) == Moved([rejection])
    assert await broker.subscription.reject([rejection]) == Moved()

    assert await broker.dead_letters.count() == 1
    await publishing


async def test_what_waits_to_be_rejected_is_not_given_back_with_the_others(
    broker: Broker,
) -> None:
    publishing = asyncio.create_task(broker.publisher.publish(envelopes(b"1", b"2")))
    bad, good = sorted(await receive(broker, 2), key=lambda delivery: delivery.body)

    await broker.subscription.requeue([good])
    await broker.subscription.start()
    again = await broker.subscription.receive(10)
    assert bodies(again) == [b"2"]
    assert await reject(broker, bad, "why")
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
