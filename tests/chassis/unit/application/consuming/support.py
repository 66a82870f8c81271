"""A broker that writes down what became of each delivery, and a handler that does as told."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from chassis.application.consuming.consumer import Consumer
from chassis.application.consuming.failure_handler import FailureHandler
from chassis.application.consuming.handler import Fault, Handled
from chassis.application.consuming.projection import Projection
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.failures import NONE, Failures
from chassis.application.ports.subscription import RECEIVED_BYTES, Delivery, Moved, Rejection
from chassis.application.retry_schedule import RetrySchedule
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.unit.support import ManualClock, RecordingMetrics

CODEC = CloudEventsCodec("/tests")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Broker:
    """Writes down what became of each delivery, in order.

    It takes none that is `refused`, and hands out again by itself what it has `lost`.
    """

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[list[Delivery]] = asyncio.Queue()
        self.settled: list[tuple[str, int]] = []
        self.rejections: list[Rejection] = []
        self.is_blocked = False
        self.refused: set[int] = set()
        self.lost: set[int] = set()
        self.problem: str | None = None
        self.starts = 0
        self.pauses = 0

    async def declare(self) -> None:
        raise AssertionError("the consumer starts")

    async def start(self) -> None:
        self.starts += 1
        if self.problem is not None:
            raise Unavailable(self.problem)

    async def receive(self, limit: int, size: int = RECEIVED_BYTES) -> list[Delivery]:
        batch = await self.waiting.get()
        if rest := batch[limit:]:
            self.waiting.put_nowait(rest)
        return batch[:limit]

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        self.settled += [("ack", delivery.tag) for delivery in deliveries]

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        self.pauses += 1
        self.settled += [("requeue", delivery.tag) for delivery in deliveries]

    async def reject(self, rejections: Sequence[Rejection]) -> Moved:
        await asyncio.sleep(0)
        if self.is_blocked:
            raise Unavailable("the broker takes no messages")
        held = [rejection for rejection in rejections if rejection.delivery.tag not in self.lost]
        kept = [rejection for rejection in held if rejection.delivery.tag not in self.refused]
        self.rejections += kept
        for rejection in kept:
            self.settled.append(
                ("dead-letter" if rejection.delay is None else "retry", rejection.delivery.tag)
            )
        return Moved(kept, [rejection for rejection in held if rejection not in kept])

    @property
    def reasons(self) -> dict[int, str]:
        return {rejection.delivery.tag: rejection.reason for rejection in self.rejections}


class Use:
    """A handler: does to each subject what its name says, and notes the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.data: list[bytes] = []
        self.blocked = asyncio.Event()
        self.told: list[list[str]] = []
        self.telling = asyncio.Event()
        self.telling.set()

    async def __call__(self, events: Sequence[Event]) -> Handled:
        subjects = [event.subject for event in events]
        self.batches.append(subjects)
        self.data += [bytes(event.data) for event in events]
        if "poison" in subjects:
            raise RuntimeError("cannot swallow")
        if "away" in subjects:
            raise Unavailable("the database does not answer")
        if "slow" in subjects:
            self.blocked.set()
            await asyncio.sleep(60)

        async def after() -> None:
            await self.telling.wait()
            self.told.append(subjects)
            if "clumsy" in subjects:
                raise RuntimeError("slips")

        faults = [Fault(event, "too old") for event in events if event.subject == "fault"]
        faults += [
            Fault(event, "too early", may_pass=True) for event in events if event.subject == "early"
        ]
        return Handled(faults, after)


class Database:
    """A dependency of a handler, as readiness sees it."""

    def __init__(self) -> None:
        self.is_away = False
        self.asked = 0

    async def check(self) -> None:
        self.asked += 1
        if self.is_away:
            raise Unavailable("the database does not answer")


class Setting:
    """A consumer of `a`, `b` and `c.v2`, which `c.v1` becomes, and a retry schedule with two
    delays.
    """

    def __init__(self) -> None:
        self.broker = Broker()
        self.metrics = RecordingMetrics()
        self.clock = ManualClock()
        self.database = Database()
        self.use = Use()
        known = dict.fromkeys(("a", "b", "c.v2"), unused)
        upcasting = Upcasting(known, [{"c.v1": upcast}], self.metrics)
        self.failures = FailureHandler(
            self.broker, RetrySchedule((1, 10)), self.clock, self.metrics
        )
        self.consumer = Consumer(
            self.broker,
            CODEC,
            self.use,
            upcasting,
            self.failures,
            self.database,
            self.metrics,
        )

    async def consume(self, *messages: tuple[str, str]) -> None:
        """Have these delivered and handled, and the failed ones rejected."""
        await self.handle(*deliveries(*messages))
        await self.failures.step()

    async def handle(self, *given: Delivery) -> None:
        """Have these delivered and handled."""
        self.broker.waiting.put_nowait(list(given))
        await self.consumer.rest()
        assert await self.consumer.step()


def unused() -> Projection[object]:
    """Return no projection: the handler of these tests asks for none."""
    raise AssertionError("the consumer makes no projection")


def upcast(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of `c.v2`, which has `new` for `old`."""
    return {"new": data["old"]}


def deliveries(*messages: tuple[str, str], failures: Failures = NONE) -> list[Delivery]:
    """Return a delivery for each (type, subject), tagged from 1; one without a type is garbage."""
    return [
        Delivery(tag, body(kind, subject) if kind else b"garbage", failures)
        for tag, (kind, subject) in enumerate(messages, 1)
    ]


def body(kind: str, subject: str, data: bytes = b"{}") -> bytes:
    """Return an event as it travels."""
    now = system_clock()
    return CODEC.encode(
        Event(
            id=new_id(now),
            type=kind,
            subject=subject,
            time=now,
            data=msgspec.Raw(data),
            traceparent=TRACEPARENT,
            request_id="r-1",
        )
    ).body
