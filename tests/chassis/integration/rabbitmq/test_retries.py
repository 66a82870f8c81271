"""The retry schedule on RabbitMQ: a consumer, its delay queues, and their contents at the end."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from itertools import pairwise

from aio_pika import Message
from aio_pika.abc import HeadersType

from chassis.application.actors.service import BackgroundService
from chassis.application.consuming.consumer import Consumer
from chassis.application.consuming.failure_handler import FailureHandler
from chassis.application.consuming.handler import Handled
from chassis.application.consuming.projection import Projection
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.failures import Failures
from chassis.application.ports.subscription import Rejection
from chassis.application.retry_schedule import RetrySchedule
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from tests.chassis.integration.rabbitmq.brokers import (
    DELAYS,
    KEY,
    channel,
    declared,
    envelopes,
    receive,
    unavailable,
    waiting,
)
from tests.chassis.integration.rabbitmq.control import end_alarm, raise_alarm
from tests.chassis.unit.application.consuming.support import CODEC, body
from tests.servers.rabbitmq import RabbitmqServer
from tests.unit.support import RecordingMetrics, dead_lettered_in, reject


class Use:
    """Fails on `poison`, and on everything while it is away; notes when each subject came."""

    def __init__(self) -> None:
        self.is_away = False
        self.tries: dict[str, list[datetime]] = {}
        self.handled: list[str] = []

    async def __call__(self, events: Sequence[Event]) -> Handled:
        await self.check()
        subjects = [event.subject for event in events]
        if len(subjects) == 1:
            self.tries.setdefault(subjects[0], []).append(system_clock())
        if "poison" in subjects:
            raise RuntimeError("cannot swallow")
        self.handled += subjects
        return Handled()

    async def check(self) -> None:
        if self.is_away:
            raise Unavailable("the database does not answer")


def _never_made() -> Projection[object]:
    raise AssertionError("the consumer hands its events to `handle` alone")


class Running:
    """A consumer of a broker's queue and the actor for its failures."""

    def __init__(self, broker: RabbitBroker) -> None:
        self.use = Use()
        self.metrics = RecordingMetrics()
        failures = FailureHandler(
            broker.subscription, RetrySchedule(DELAYS), system_clock, self.metrics
        )
        upcasting = Upcasting({"a": _never_made}, [], self.metrics)
        consumer = Consumer(
            broker.subscription,
            CODEC,
            self.use,
            upcasting,
            failures,
            self.use,
            self.metrics,
        )
        self._services: list[BackgroundService] = [consumer, failures]
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Running":
        self._tasks = [asyncio.create_task(each.run(self._stopping)) for each in self._services]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await asyncio.gather(*self._tasks)


async def test_a_message_that_always_fails_is_tried_once_for_each_delay_and_once_more(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    async with asyncio.timeout(60), Running(broker) as running:
        sent = [body("a", subject) for subject in ("1", "poison", "3")]
        await broker.publisher.publish(envelopes(*sent))
        while not await broker.dead_letters.count():
            await asyncio.sleep(0.05)

    tries = running.use.tries["poison"]
    waits = [later - earlier for earlier, later in pairwise(tries)][-len(DELAYS) :]
    assert all(wait >= timedelta(seconds=delay) for wait, delay in zip(waits, DELAYS, strict=True))
    assert sorted(running.use.handled) == ["1", "3"]
    (letter,) = await dead_lettered_in(broker.dead_letters)
    assert (letter.body, letter.reason) == (sent[1], "failed: cannot swallow")
    assert (letter.failures.count, len(tries)) == (1 + len(DELAYS), 1 + len(DELAYS))
    assert letter.failures.first is not None
    assert letter.failures.last is not None
    assert letter.failures.last - letter.failures.first >= timedelta(seconds=sum(DELAYS))
    assert running.metrics.counters["events_retried:a"] == len(DELAYS)
    assert running.metrics.counters["events_dead_lettered:failed"] == 1
    assert [await waiting(broker_url, table.delayed(delay)) for delay in DELAYS] == [0, 0]


async def test_a_database_that_is_away_longer_than_the_retry_schedule_spends_no_attempt(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    async with asyncio.timeout(60), Running(broker) as running:
        running.use.is_away = True
        await broker.publisher.publish(envelopes(*(body("a", str(each)) for each in range(50))))
        await asyncio.sleep(2 * sum(DELAYS))
        assert await waiting(broker_url, table.queue) == 50

        running.use.is_away = False
        while len(running.use.handled) < 50:
            await asyncio.sleep(0.05)

    assert sorted(running.use.handled, key=int) == [str(each) for each in range(50)]
    assert await broker.dead_letters.count() == 0
    assert "events_retried:a" not in running.metrics.counters


async def test_good_ones_are_acked_while_the_broker_takes_no_bad_one(
    own_rabbitmq: RabbitmqServer, table: Topology
) -> None:
    broker = RabbitBroker(own_rabbitmq.url, table)
    await declared(own_rabbitmq.url, table)
    sent = [body("a", subject) for subject in ("1", "poison", "3")]
    await broker.publisher.publish(envelopes(b"{", *sent))
    await raise_alarm(own_rabbitmq)
    # The server reports its alarm once it sees a message.
    await unavailable(broker.publisher.publish(envelopes(body("a", "4"))))

    async with asyncio.timeout(40), Running(broker) as running:
        while not {"1", "3"} <= set(running.use.handled):
            await asyncio.sleep(0.05)
        assert await broker.dead_letters.count() == 0

        await end_alarm(own_rabbitmq)
        while await broker.dead_letters.count() < 2:
            await asyncio.sleep(0.05)

    kinds = [
        letter.reason.partition(":")[0] for letter in await dead_lettered_in(broker.dead_letters)
    ]
    assert kinds == ["undecodable", "failed"]
    assert len(running.use.tries["poison"]) == 1 + len(DELAYS)
    assert await waiting(own_rabbitmq.url, table.queue) == 0
    await broker.close()


async def test_a_message_tells_on_its_way_what_became_of_it(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    async with channel(broker_url) as other:
        exchange = await other.get_exchange(table.exchange)
        theirs: HeadersType = {"x-theirs": 1, "x-attempts": "many", "x-first-failed-at": 5}
        await exchange.publish(Message(b"1", message_id="their-id", headers=theirs), KEY)
        for count in (1, 2):
            (delivery,) = await receive(broker, 1)
            assert delivery.failures.count == count - 1
            # Held there, it can be looked at.
            await reject(broker, delivery, "failed: so", DELAYS[count - 1])
            queue = await other.get_queue(table.delayed(DELAYS[count - 1]))
            found = await queue.get()
            assert found.headers["x-attempts"] == count
            assert found.headers["x-retry-reason"] == "failed: so"
            assert found.headers["x-original-routing-key"] == KEY
            assert (found.headers["x-theirs"], found.message_id) == (1, "their-id")
            assert "x-death" not in found.headers
            await found.reject(requeue=True)


async def test_two_messages_of_one_id_are_both_rejected(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    async with channel(broker_url) as other:
        exchange = await other.get_exchange(table.exchange)
        for content in (b"1", b"2"):
            await exchange.publish(Message(content, message_id="their-id"), KEY)
    failures = Failures(1)
    rejections = [Rejection(each, "why", failures) for each in await receive(broker, 2)]

    assert (await broker.subscription.reject(rejections)).confirmed == rejections
    assert [each.body for each in await dead_lettered_in(broker.dead_letters)] == [b"1", b"2"]


async def test_a_replay_starts_the_retry_schedule_again(
    broker: RabbitBroker, broker_url: str, table: Topology
) -> None:
    await declared(broker_url, table)
    await broker.publisher.publish(envelopes(b"1"))
    (delivery,) = await receive(broker, 1)
    await reject(broker, delivery, "failed: so", DELAYS[0])
    (delivery,) = await receive(broker, 1)
    await reject(broker, delivery, "failed: so")
    async with aclosing(broker.dead_letters.walk()) as walk:
        async for dead_letter in walk:
            assert dead_letter.message.failures.count == 2
            await dead_letter.replay()

    (again,) = await receive(broker, 1)

    assert again.failures.count == 0
