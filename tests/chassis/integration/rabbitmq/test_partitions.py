"""Partitions: the order of each subject holds with several consumers, which come and go."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count

import msgspec
import pytest

from chassis.application.errors import Unavailable
from chassis.application.failures import Failures
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.subscription import Delivery, Rejection
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import DELAYS, channel, declared, waiting
from tests.unit.support import dead_lettered_in

SUBJECTS = [f"order-{number}" for number in range(20)]


def partitioned(name: str, partitions: int) -> Topology:
    return Topology(
        exchange=name,
        queue=f"{name}.queue",
        bindings=("order.#",),
        prefetch=64,
        unrouted_limit=1000,
        delays=DELAYS,
        partitions=partitions,
        headers=True,
    )


@asynccontextmanager
async def brokers(url: str, table: Topology, number: int = 1) -> AsyncIterator[list[RabbitBroker]]:
    """Open brokers of so many replicas on a server that lives on."""
    made = [RabbitBroker(url, table) for _ in range(number)]
    await declared(url, table)
    try:
        yield made
    finally:
        await asyncio.gather(*(each.close() for each in made))
        async with channel(url) as other:
            for row in table.rows():
                if row.kind == "queue":
                    await (await other.get_queue(row.name, ensure=False)).delete(
                        if_unused=False, if_empty=False
                    )
                elif row.kind != "binding":
                    await (await other.get_exchange(row.name, ensure=False)).delete()


def event(subject: str, number: int) -> Envelope:
    body = msgspec.json.encode({"type": "order.paid.v1", "subject": subject, "number": number})
    return Envelope(new_id(system_clock()), f"order.paid.{subject}", body)


def events(each: int, first: int = 0) -> list[Envelope]:
    """Return so many events for each subject, numbered from `first`, in turn."""
    return [event(subject, first + number) for number in range(each) for subject in SUBJECTS]


class Reader:
    """A replica that receives and acks, until it is stopped."""

    def __init__(self, broker: RabbitBroker, got: dict[str, list[int]]) -> None:
        self.broker = broker
        self.got = 0
        self._all = got
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                received = await self.broker.subscription.receive(16)
                self._take(received)
                await self.broker.subscription.ack(received)
            except Unavailable:
                await asyncio.sleep(0.01)

    def _take(self, received: Sequence[Delivery]) -> None:
        for delivery in received:
            found = msgspec.json.decode(delivery.body)
            self._all[found["subject"]].append(found["number"])
            self.got += 1

    async def stop(self) -> None:
        """End as a process that dies: its connections close, what it holds comes again."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.broker.close()


async def reached(got: dict[str, list[int]], each: int) -> None:
    """Wait until each subject has so many different events."""
    async with asyncio.timeout(60):
        while min(len(set(got[subject])) for subject in SUBJECTS) < each:
            await asyncio.sleep(0.02)


def first_times(numbers: list[int]) -> list[int]:
    """Return the numbers as the journal takes them: a repeated one is skipped."""
    return list(dict.fromkeys(numbers))


async def test_the_order_of_each_subject_holds_while_replicas_come_and_go(
    broker_url: str, unique_name: str
) -> None:
    table = partitioned(unique_name, 8)
    got: dict[str, list[int]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        producer, first, second, third = await stack.enter_async_context(
            brokers(broker_url, table, 4)
        )
        numbers = count()
        stopping = asyncio.Event()

        async def produce() -> None:
            while not stopping.is_set():
                batch = [event(subject, next(numbers)) for subject in SUBJECTS]
                assert len(await producer.publisher.publish(batch)) == len(batch)

        producing = asyncio.create_task(produce())
        one = Reader(first, got)
        await reached(got, 5)
        # A rebalance: another replica takes over its share.
        two = Reader(second, got)
        async with asyncio.timeout(60):
            while not two.got:
                await asyncio.sleep(0.02)
        await reached(got, 20)
        # And another: a replica goes, with deliveries in flight.
        await one.stop()
        three = Reader(third, got)
        await reached(got, 40)
        stopping.set()
        await producing
        last = next(numbers)
        await reached(got, last // len(SUBJECTS))

        assert {subject: first_times(got[subject]) for subject in SUBJECTS} == {
            subject: list(range(place, last, len(SUBJECTS)))
            for place, subject in enumerate(SUBJECTS)
        }
        assert one.got
        assert two.got
        await two.stop()
        await three.stop()


async def test_two_replicas_share_the_partitions_and_one_alone_has_all(
    broker_url: str, unique_name: str
) -> None:
    table = partitioned(unique_name, 32)
    got: dict[str, list[int]] = defaultdict(list)
    async with brokers(broker_url, table, 2) as (first, second):
        for broker in (first, second):
            await broker.subscription.start()
        await first.publisher.publish(events(10))
        readers = [Reader(broker, got) for broker in (first, second)]
        await reached(got, 10)
        assert all(reader.got for reader in readers)

        await readers[0].stop()
        await second.publisher.publish(events(10, first=10))
        await reached(got, 20)
        await readers[1].stop()


@pytest.mark.parametrize("partitions", (1, 4))
async def test_a_single_active_consumer_gets_all_and_the_other_follows(
    broker_url: str, unique_name: str, partitions: int
) -> None:
    table = partitioned(unique_name, partitions)
    async with brokers(broker_url, table, 2) as (first, second):
        await first.subscription.start()
        await first.publisher.publish([event("ada", number) for number in range(3)])
        received: list[Delivery] = []
        while len(received) < 3:
            received += await first.subscription.receive(10)
        await first.subscription.ack(received)
        numbers = [msgspec.json.decode(each.body)["number"] for each in received]
        assert numbers == [0, 1, 2]

        await first.close()
        await second.publisher.publish([event("ada", 3)])
        again = await second.subscription.receive(10)
        assert [msgspec.json.decode(each.body)["number"] for each in again] == [3]
        await second.subscription.ack(again)


@pytest.mark.parametrize("partitions", (1, 4))
async def test_retries_and_replays_come_back_to_the_partition(
    broker_url: str, unique_name: str, partitions: int
) -> None:
    table = partitioned(unique_name, partitions)
    async with brokers(broker_url, table) as (broker,):
        await broker.publisher.publish([event("ada", 1)])
        [delivery] = await broker.subscription.receive(10)
        for number, delay in enumerate((*DELAYS, None), 1):
            rejection = Rejection(delivery, "failed", Failures(number), delay)
            assert (await broker.subscription.reject([rejection])).confirmed
            if delay is not None:
                [delivery] = await broker.subscription.receive(10)
                assert delivery.failures.count == number
        [letter] = await dead_lettered_in(broker.dead_letters)
        async for dead_letter in broker.dead_letters.walk():
            await dead_letter.replay()

        [again] = await broker.subscription.receive(10)
        assert again.body == letter.body
        assert again.failures.count == 0
        await broker.subscription.ack([again])
        assert sum([await waiting(broker_url, name) for name in table.queues]) == 0


async def test_what_has_no_subject_goes_to_one_partition(broker_url: str, unique_name: str) -> None:
    table = partitioned(unique_name, 4)
    async with brokers(broker_url, table) as (broker,):
        sent = [Envelope(new_id(system_clock()), "order.paid", b"%d" % n) for n in range(10)]
        await broker.publisher.publish(sent)
        received: list[Delivery] = []
        while len(received) < 10:
            received += await broker.subscription.receive(50)
        assert [each.body for each in received] == [each.body for each in sent]
        await broker.subscription.ack(received)


async def test_paused_partitions_are_given_back_and_come_again(
    broker_url: str, unique_name: str
) -> None:
    table = partitioned(unique_name, 4)
    async with brokers(broker_url, table) as (broker,):
        await broker.publisher.publish(events(2))
        received = await broker.subscription.receive(5)
        await broker.subscription.requeue(received)

        again: list[Delivery] = []
        while len(again) < 2 * len(SUBJECTS):
            more = await broker.subscription.receive(50)
            await broker.subscription.ack(more)
            again += more
        got: dict[str, list[int]] = defaultdict(list)
        for each in again:
            found = msgspec.json.decode(each.body)
            got[found["subject"]].append(found["number"])
        assert got == {subject: [0, 1] for subject in SUBJECTS}
