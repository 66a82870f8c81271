"""Helpers of the unit tests: a clock to turn, metrics to read, notifications, dead letters."""

from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from app.application.notification.mapping import to_event
from app.application.notification.messages import NewNotification
from app.domain.notification.notification import Notification
from chassis.application.actors.memory_signal import MemorySignal
from chassis.application.event import Event
from chassis.application.ports import metrics
from chassis.application.ports.broker import Broker
from chassis.application.ports.dead_letter_queue import DeadLetterMessage, DeadLetterQueue
from chassis.application.ports.journal import Entry
from chassis.application.ports.subscription import Delivery, Rejection
from chassis.domain.errors import Invalid
from chassis.domain.ids import new_id, time_of
from chassis.domain.json_text import JsonText
from chassis.infrastructure.clock import system_clock
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork

# The process's own generator never goes back, whatever an earlier test's clock said.
IdGenerator = type(new_id)


class ManualClock:
    """Stands still until it is turned."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Move on by a `timedelta` of these arguments."""
        self.now += timedelta(**by)


class ManualTime:
    """Stands in for the module `time`, and is turned."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class RecordingMetrics:
    """Keeps what was measured, by name, and by `name:label` where there is a label."""

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._gauged: dict[str, Callable[[], float]] = {}
        self.observed: defaultdict[str, list[float]] = defaultdict(list)

    @property
    def counters(self) -> dict[str, int]:
        """The counters, except those that are 0."""
        return {name: count for name, count in self._counted.items() if count}

    @property
    def zeros(self) -> set[str]:
        """Observations that have not happened yet."""
        return {name for name, count in self._counted.items() if not count}

    @property
    def gauges(self) -> dict[str, float]:
        """The values of the gauges now."""
        return {name: read() for name, read in self._gauged.items()}

    def count(self, counter: metrics.Counter, *labels: str, amount: int = 1) -> None:
        self._counted[":".join((counter.name, *labels))] += amount

    def gauge(self, gauge: metrics.Gauge, value: float, *labels: str) -> None:
        self.watch(gauge, lambda: value, *labels)

    def watch(self, gauge: metrics.Gauge, read: Callable[[], float], *labels: str) -> None:
        self._gauged[":".join((gauge.name, *labels))] = read

    def expect(self, histogram: metrics.Histogram, *labels: str) -> None:
        self._counted[":".join((histogram.name, *labels))] += 0

    def observe(self, histogram: metrics.Histogram, value: float, *labels: str) -> None:
        self.observed[":".join((histogram.name, *labels))].append(value)


class RecordingStreams:
    """Takes the offered rows, if it can."""

    def __init__(self) -> None:
        self.can_take = False
        self.taken: list[Entry] = []

    def offer(self, entries: Sequence[Entry]) -> bool:
        if self.can_take:
            self.taken += entries
        return self.can_take


class RecordingSignal(MemorySignal):
    """Counts how often it was notified."""

    def __init__(self) -> None:
        super().__init__()
        self.notified = self.notified_others = 0

    async def notify(self) -> None:
        self.notified += 1
        await super().notify()

    async def notify_others(self) -> None:
        self.notified_others += 1
        await super().notify_others()


def make_new(**fields: Any) -> NewNotification:
    """Return what a caller gives, with these fields."""
    if "action_data" in fields:
        fields["action_data"] = Raw(msgspec.json.encode(fields["action_data"]))
    return NewNotification(**({"receiver": "ada", "action_type": "greeted"} | fields))


def make_notification(now: datetime | None = None, **fields: Any) -> Notification:
    """Return an entity with these fields; its id is the next one, or one made at `now` exactly."""
    identity = fields.pop("id", None) or (
        new_id(datetime.now(UTC)) if now is None else IdGenerator()(now)
    )
    registered_at = time_of(identity)
    defaults: dict[str, Any] = {
        "id": identity,
        "registered_at": registered_at,
        "receiver": "ada",
        "action_type": "greeted",
        "actioner": None,
        "fired_at": registered_at,
    }
    if "action_data" in fields:
        fields["action_data"] = JsonText(msgspec.json.encode(fields["action_data"]))
    return Notification(**(defaults | fields))


async def store(database: MemoryDatabase, notifications: Iterable[Notification]) -> None:
    """Store the notifications in their table, and their events in the journal."""
    notifications = list(notifications)
    async with MemoryUnitOfWork(database).begin() as work:
        await work.journal.append(*announced(notifications))
        await work.notifications.add(notifications)


def announced(notifications: Iterable[Notification]) -> tuple[list[Event], list[str]]:
    """Return the events that announce them, and the tag of each."""
    notifications = list(notifications)
    return [to_event(item) for item in notifications], [item.action_type for item in notifications]


async def dead_lettered_in(queue: DeadLetterQueue) -> list[DeadLetterMessage]:
    """Return the dead letters, oldest first, and leave them there."""
    async with aclosing(queue.walk()) as walk:
        return [dead_letter.message async for dead_letter in walk]


async def reject(
    broker: Broker, delivery: Delivery, reason: str, delay: float | None = None
) -> bool:
    """Reject a delivery, for good or for `delay` seconds; return whether that was accepted."""
    failures = delivery.failures.again(system_clock())
    moved = await broker.subscription.reject([Rejection(delivery, reason, failures, delay)])
    return not moved.left


def lines(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """Return the lines that were logged with this message, each by the names of its fields."""
    return [vars(record) for record in caplog.records if record.message == message]


async def refusal(work: Coroutine[Any, Any, object]) -> str:
    """Return the field for which `work` raises `Invalid`, and what would be right."""
    with pytest.raises(Invalid) as caught:
        await work
    return f"{caught.value.field}: {caught.value.reason}"


async def invalid_field(work: Coroutine[Any, Any, object]) -> str:
    """Return the field for which `work` raises `Invalid`."""
    with pytest.raises(Invalid) as caught:
        await work
    return caught.value.field
