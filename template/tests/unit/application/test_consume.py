import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
import pytest

from app.application.consume import Consumer, Fault
from app.application.errors import Unavailable
from app.application.event import Event
from app.application.ports.subscription import Delivery
from app.domain.notification.identity import new_id
from app.infrastructure.clock import system_clock
from app.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.unit.support import RecordingMetrics

CODEC = CloudEventsCodec("/tests")


class Broker:
    """Writes down what became of each delivery, in order."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[list[Delivery]] = asyncio.Queue()
        self.settled: list[tuple[str, int]] = []
        self.reasons: dict[int, str] = {}
        self.dead_letters_away = False

    async def receive(self, limit: int) -> list[Delivery]:
        return await self.waiting.get()

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        self.settled += [("ack", delivery.tag) for delivery in deliveries]

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        self.settled += [("requeue", delivery.tag) for delivery in deliveries]

    async def park(self, delivery: Delivery, reason: str) -> None:
        if self.dead_letters_away:
            raise Unavailable("nowhere to park")
        self.settled.append(("park", delivery.tag))
        self.reasons[delivery.tag] = reason


class Use:
    """A use case: does to each subject what its name says, and notes the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.blocked = asyncio.Event()

    async def __call__(self, events: Sequence[Event]) -> list[Fault]:
        subjects = [event.subject for event in events]
        self.batches.append(subjects)
        if "poison" in subjects:
            raise RuntimeError("cannot swallow")
        if "away" in subjects:
            raise Unavailable("the database does not answer")
        if "slow" in subjects:
            self.blocked.set()
            await asyncio.sleep(60)
        return [Fault(event, "too old") for event in events if event.subject == "fault"]


class Setting:
    """A consumer with two types of events, `a` and `b`."""

    def __init__(self) -> None:
        self.broker = Broker()
        self.metrics = RecordingMetrics()
        self.a, self.b = Use(), Use()
        factories: dict[str, Callable[[], Use]] = {"a": lambda: self.a, "b": lambda: self.b}
        self.consumer = Consumer(self.broker, CODEC, factories, self.metrics)

    async def consume(self, *messages: tuple[str, str]) -> None:
        await self.consumer.consume(deliveries(*messages))


def deliveries(*messages: tuple[str, str]) -> list[Delivery]:
    """Return a delivery for each (type, subject), tagged from 1; one without a type is garbage."""
    return [
        Delivery(tag, body(kind, subject) if kind else b"garbage")
        for tag, (kind, subject) in enumerate(messages, 1)
    ]


def body(kind: str, subject: str, identity: UUID | None = None) -> bytes:
    now = system_clock()
    event = Event(
        id=identity or new_id(now), type=kind, subject=subject, time=now, data=msgspec.Raw(b"{}")
    )
    return CODEC.encode(event).body


@pytest.fixture
def setting() -> Setting:
    return Setting()


async def test_each_type_goes_to_its_handler_in_one_batch(setting: Setting) -> None:
    await setting.consume(("a", "1"), ("b", "2"), ("a", "3"))

    assert (setting.a.batches, setting.b.batches) == ([["1", "3"]], [["2"]])
    assert sorted(setting.broker.settled) == [("ack", 1), ("ack", 2), ("ack", 3)]
    assert setting.metrics.counters == {}


async def test_what_cannot_be_decoded_is_parked_with_the_reason(setting: Setting) -> None:
    await setting.consume(("", ""), ("a", "1"))

    assert setting.broker.settled == [("ack", 2), ("park", 1)]
    assert setting.broker.reasons[1].startswith("undecodable: JSON is malformed")
    assert setting.metrics.counters == {"events_parked": 1}


async def test_an_unknown_type_is_parked_by_name(setting: Setting) -> None:
    await setting.consume(("c", "1"), ("a", "2"))

    assert setting.broker.reasons == {1: "unknown type: c"}
    assert setting.broker.settled == [("ack", 2), ("park", 1)]


async def test_a_fault_is_parked_and_its_neighbours_are_not(setting: Setting) -> None:
    await setting.consume(("a", "1"), ("a", "fault"), ("a", "3"))

    assert setting.broker.settled == [("ack", 1), ("ack", 3), ("park", 2)]
    assert setting.broker.reasons == {2: "refused: too old"}


async def test_poison_is_parked_alone(setting: Setting) -> None:
    await setting.consume(("a", "1"), ("a", "poison"), ("a", "3"), ("a", "fault"), ("b", "5"))

    assert setting.a.batches[1:] == [["1"], ["poison"], ["3"], ["fault"]]
    assert setting.broker.reasons == {2: "failed: cannot swallow", 4: "refused: too old"}
    acked = [tag for what, tag in setting.broker.settled if what == "ack"]
    assert acked == [1, 3, 5]
    assert len(setting.broker.settled) == 5


async def test_a_batch_goes_back_while_the_database_is_away(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.consume(("a", "1"), ("a", "away"), ("b", "3"), ("c", "4"))

    assert setting.broker.settled == [
        ("requeue", 1),
        ("requeue", 2),
        ("requeue", 3),
        ("requeue", 4),
    ]
    assert setting.b.batches == []


async def test_what_was_handled_before_the_database_went_stays_handled(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.consume(("b", "1"), ("a", "away"))

    assert setting.broker.settled == [("ack", 1), ("requeue", 2)]


async def test_poison_beside_a_database_that_goes_away(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.consume(("a", "1"), ("a", "poison"), ("a", "away"), ("a", "4"))

    assert setting.broker.settled == [("ack", 1), ("park", 2), ("requeue", 3), ("requeue", 4)]


@pytest.mark.parametrize("message", (("", ""), ("c", "1"), ("a", "fault")))
async def test_nothing_is_lost_and_others_are_handled_while_there_is_nowhere_to_park(
    setting: Setting, message: tuple[str, str]
) -> None:
    setting.broker.dead_letters_away = True

    with pytest.raises(Unavailable, match="nowhere to park"):
        await setting.consume(message, ("a", "2"))

    assert setting.broker.settled == [("ack", 2), ("requeue", 1)]


async def test_a_batch_goes_back_when_the_consumer_is_cancelled(setting: Setting) -> None:
    consuming = asyncio.create_task(setting.consume(("b", "1"), ("a", "slow"), ("c", "3")))
    await setting.a.blocked.wait()

    consuming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consuming

    assert setting.broker.settled == [("ack", 1), ("requeue", 2), ("requeue", 3)]


async def test_nothing_is_acked_before_it_was_handled(setting: Setting) -> None:
    consuming = asyncio.create_task(setting.consume(("a", "slow")))
    await setting.a.blocked.wait()

    assert setting.broker.settled == []
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)


async def test_it_consumes_until_it_is_to_stop(setting: Setting) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(setting.consumer.run(stopping))
    for _ in range(3):
        setting.broker.waiting.put_nowait(deliveries(("a", "1")))

    async with asyncio.timeout(1):
        while len(setting.broker.settled) < 3:
            await asyncio.sleep(0)
        stopping.set()
        await running
    assert setting.a.batches == [["1"]] * 3
