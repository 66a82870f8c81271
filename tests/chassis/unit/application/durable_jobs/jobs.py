"""Durable jobs of these tests, and a setting to handle them in."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import ClassVar

from chassis.application.consuming.handler import Handled
from chassis.application.durable_jobs.durable_job import DurableJob, by_type, job_event
from chassis.application.durable_jobs.job_handling import JobHandling
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics

SOURCE = "/tests"
RETENTION = timedelta(days=1)


class Resize(DurableJob, frozen=True):
    """The job of most tests."""

    kind: ClassVar[str] = "resize.v1"
    limit: ClassVar[float] = 0.05
    picture: str


async def never(message: Resize) -> None:
    """Handle no job: these tests make none."""
    raise AssertionError("no job runs here")


class Database:
    """The health of the database."""

    is_away = False

    async def check(self) -> None:
        if self.is_away:
            raise Unavailable("the database does not answer")


class Setting:
    """A worker's handling of `Resize`, whose handler does what `act` does."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.database = MemoryDatabase(self.clock)
        self.health = Database()
        self.metrics = RecordingMetrics()
        self.began: list[str] = []
        self.ahead: list[datetime] = []
        self.act: Callable[[Resize], Awaitable[object] | None] = lambda _: None
        self.handle = JobHandling(
            by_type({Resize: lambda: self._resize}),
            MemoryUnitOfWork(self.database),
            self.health,
            self.clock,
            self.metrics,
            RETENTION,
            self.ahead.append,
        )

    async def _resize(self, message: Resize) -> None:
        self.began.append(message.picture)
        done = self.act(message)
        if done is not None:
            await done

    def events(self, *pictures: str) -> list[Event]:
        """Return the events of these jobs."""
        jobs = [Resize(picture=picture) for picture in pictures]
        return [job_event(job, SOURCE, self.clock()) for job in jobs]

    def journal(self) -> set[str]:
        """Return the ids in the journal."""
        return {str(entry.event.id) for entry in self.database.state.journal}


def reasons(handled: Handled) -> list[tuple[str, bool]]:
    """Return the reason of each fault, and whether it may pass."""
    return [(fault.reason, fault.may_pass) for fault in handled.faults]
