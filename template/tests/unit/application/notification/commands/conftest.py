"""The use cases that store, over a memory database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from app.application.backlog import Backlog
from app.application.event import Event
from app.application.notification.commands import register as module
from app.application.notification.commands.ingest import IngestHandler
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.registrar import Registrar
from app.application.ports.outbox import Envelope
from app.infrastructure.memory.cache import MemoryCache
from app.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryPending, MemoryUnitOfWork
from tests.unit.application.notification.commands.support import MARK, MAX_BATCH, RETENTION, Streams
from tests.unit.support import IdGenerator, ManualClock, RecordingMetrics, RecordingWake


class FailingCodec(CloudEventsCodec):
    """Encodes one event and fails at the next."""

    def encode(self, event: Event) -> Envelope:
        if event.subject == "bad":
            raise RuntimeError("no such luck")
        return super().encode(event)


@pytest.fixture
def backlog(database: MemoryDatabase, clock: ManualClock, metrics: RecordingMetrics) -> Backlog:
    return Backlog(MemoryPending(database), clock, metrics, MARK)


@pytest.fixture
async def register(
    work: MemoryUnitOfWork,
    backlog: Backlog,
    clock: ManualClock,
    wake: RecordingWake,
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RegisterHandler]:
    monkeypatch.setattr(module, "new_id", IdGenerator())
    registrar = Registrar(work, wake, metrics)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(registrar.run(stopping))
        yield RegisterHandler(registrar, FailingCodec("/tests"), backlog, clock, metrics, MAX_BATCH)
        stopping.set()


@pytest.fixture
def streams() -> Streams:
    return Streams()


@pytest.fixture
def met_ahead() -> list[datetime]:
    """The times of events that were ahead of the clock."""
    return []


@pytest.fixture
def ingest(
    work: MemoryUnitOfWork,
    cache: MemoryCache,
    wake: RecordingWake,
    streams: Streams,
    clock: ManualClock,
    metrics: RecordingMetrics,
    met_ahead: list[datetime],
) -> IngestHandler:
    return IngestHandler(
        work, cache, wake, streams.hand_over, clock, metrics, RETENTION, met_ahead.append
    )
