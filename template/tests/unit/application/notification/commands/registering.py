"""Register over a memory database, for tests that name these functions as their fixtures."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.application.notification.commands import register as module
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import NewNotification, Register
from chassis.application.backlog import Backlog
from chassis.application.commands.batcher import CommandBatcher
from chassis.application.event import Event
from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import (
    MemoryDatabase,
    MemoryOutboxReader,
    MemoryUnitOfWork,
    memory_notifications,
)
from tests.unit.support import IdGenerator, ManualClock, RecordingMetrics, RecordingSignal, make_new

MAX_BATCH = 5
MARK = 7


class FailingCodec(CloudEventsCodec):
    """Encodes one event and fails at the next."""

    def encode(self, event: Event) -> Envelope:
        if event.subject == "bad":
            raise RuntimeError("no such luck")
        return super().encode(event)


def make_backlog(
    database: MemoryDatabase, clock: ManualClock, metrics: RecordingMetrics
) -> Backlog:
    return Backlog(MemoryOutboxReader(database), clock, metrics, MARK)


async def run_register(
    work: MemoryUnitOfWork,
    backlog: Backlog,
    clock: ManualClock,
    signal: RecordingSignal,
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RegisterHandler]:
    monkeypatch.setattr(module, "new_id", IdGenerator())
    commands = CommandBatcher(work, signal, metrics)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(commands.run(stopping))
        yield RegisterHandler(
            commands,
            memory_notifications,
            FailingCodec("/tests"),
            backlog,
            clock,
            metrics,
            MAX_BATCH,
        )
        stopping.set()


def message(*notifications: NewNotification, key: str | None = None) -> Register:
    return Register(notifications=notifications or (make_new(),), idempotency_key=key)
