"""A part of the drilled service that plans delayed events, and writes down when each arrived."""

# Delayed events of one transaction.
BATCH = 500

TABLES = (
    "CREATE TABLE plan (number int, count int, first timestamptz, gap interval)",
    "CREATE TABLE arrivals (number int, due timestamptz, arrived timestamptz)",
)

MODULE = f'''"""Delayed events: planned by a job, and written down as they arrive."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from dependency_injector import containers, providers
from msgspec import Struct
from sqlalchemy import text

from chassis.application.actors.job import Job
from chassis.application.event import Event, new_event
from chassis.application.ports.clock import Clock
from chassis.application.ports.codec import Codec
from chassis.application.ports.signal import Signal
from chassis.domain.ids import new_id, time_of
from chassis.infrastructure.database.transaction import SqlTransaction
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork

NEXT = text("SELECT number, count, first, gap FROM plan WHERE number < count FOR UPDATE")
GO_ON = text("UPDATE plan SET number = :number")
ARRIVED = text("INSERT INTO arrivals VALUES (:number, :due, clock_timestamp())")


class Planned(Struct):
    """The data of the event: its number, and its time."""

    number: int
    due: datetime


class Plan:
    """Adds the events of the plan, a batch in each step."""

    def __init__(
        self, work: SqlUnitOfWork[SqlWork], codec: Codec, signal: Signal, clock: Clock
    ) -> None:
        self._work = work
        self._codec = codec
        self._signal = signal
        self._clock = clock

    async def __call__(self) -> bool:
        """Return whether there are more."""
        async with self._work.begin() as work:
            plan = (await work.transaction.execute(NEXT)).one_or_none()
            if plan is None:
                return False
            until = min(plan.number + {BATCH}, plan.count)
            numbers = range(plan.number, until)
            events = [self._event(number, plan.first + number * plan.gap) for number in numbers]
            await work.outbox.add([self._codec.encode(event) for event in events])
            await work.transaction.execute(GO_ON.bindparams(number=until))
        await self._signal.notify()
        return True

    def _event(self, number: int, due: datetime) -> Event:
        identity: UUID = new_id(self._clock())
        planned = Planned(number, due)
        return new_event(
            "drill.planned.v1",
            planned,
            id=identity,
            time=time_of(identity),
            subject=str(number),
            not_before=due,
        )


class Arrivals:
    """Writes down each event that the consumer gets."""

    def decode(self, event: Event) -> Planned:
        """Return its data."""
        return msgspec.json.decode(event.data, type=Planned)

    def tag(self, item: Planned) -> None:
        """Return that it has none."""

    async def store(self, transaction: SqlTransaction, items: Sequence[Planned]) -> None:
        """Add a row for each."""
        rows = [{{"number": item.number, "due": item.due}} for item in items]
        await (await transaction.connection()).execute(ARRIVED, rows)


class Container(containers.DeclarativeContainer):
    """The plan, and the arrivals."""

    core = providers.DependenciesContainer()
    plan = providers.Factory(Plan, core.work, core.codec, core.outbox_signal, core.clock)
    jobs = providers.List(
        providers.Factory(Job, name="plan", step=plan, interval=0.2, leader_only=True)
    )
    arrivals = providers.Factory(Arrivals)
    events = providers.Dict({{"drill.planned.v1": arrivals.provider}})
'''
