"""An `Ingest` over a memory database, and projections that note what they were given."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from chassis.application.consuming.handler import Fault
from chassis.application.consuming.ingest import Ingest
from chassis.application.consuming.projection import After
from chassis.application.event import Event
from chassis.application.ports.work import Transaction
from chassis.domain.errors import Invalid
from tests.chassis.unit.events import ORDER, make_event
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics, RecordingSignal, RecordingStreams

SHIPPED = "order.shipped.v1"
RETENTION = timedelta(days=30)


class Order(Struct, frozen=True):
    """The data of the events in these tests."""

    number: int = 0
    note: str = ""


class Orders:
    """The projection of one type: notes its batches, and what was done after a commit."""

    def __init__(self) -> None:
        self.decoded: list[Event] = []
        self.stored: list[list[int]] = []
        self.told: list[list[int]] = []
        self.stored_in: list[Transaction] = []
        self.poison: int | None = None

    def decode(self, event: Event) -> Order:
        self.decoded.append(event)
        order = msgspec.json.decode(event.data, type=Order)
        if order.number < 0:
            raise Invalid("number", "must not be negative")
        return order

    def tag(self, item: Order) -> str | None:
        return item.note or None

    async def store(self, transaction: Transaction, items: Sequence[Order]) -> After | None:
        numbers = [item.number for item in items]
        if self.poison in numbers:
            raise RuntimeError("cannot swallow")
        self.stored.append(numbers)
        self.stored_in.append(transaction)

        async def tell() -> None:
            self.told.append(numbers)

        return tell if numbers[0] else None


class Ingesting:
    """Both projections, the `Ingest` before them, and all that it works with."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.database = MemoryDatabase(self.clock)
        self.metrics = RecordingMetrics()
        self.streams = RecordingStreams()
        self.signal = RecordingSignal()
        self.ahead: list[datetime] = []
        self.placed, self.shipped = Orders(), Orders()
        self.ingest = Ingest(
            {ORDER: lambda: self.placed, SHIPPED: lambda: self.shipped},
            MemoryUnitOfWork(self.database),
            self.signal,
            self.streams.offer,
            self.clock,
            self.metrics,
            RETENTION,
            self.ahead.append,
        )

    async def take(self, *events: Event) -> list[Fault]:
        """Ingest, do what comes after, and return the faults."""
        handled = await self.ingest(events)
        if handled.after is not None:
            await handled.after()
        return list(handled.faults)

    @property
    def journal(self) -> list[Event]:
        """The events in the journal."""
        return [entry.event for entry in self.database.state.journal]


def order(number: int, kind: str = ORDER) -> Event:
    """Return an event of that number."""
    return make_event(kind, data=b'{"number":%d}' % number)


def orders(*numbers: int, kind: str = ORDER) -> list[Event]:
    """Return an event for each number."""
    return [order(number, kind) for number in numbers]
