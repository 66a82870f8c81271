"""Ingest: from the bodies of deliveries to what is stored, told and cached, all in memory."""

from datetime import timedelta

from app.application.notification.mapping import REGISTERED, to_event
from app.application.notification.projection import NotificationProjection
from chassis.application.consuming.ingest import Ingest
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, memory_notifications
from tests.unit.support import RecordingMetrics, RecordingSignal, make_notification

BATCH = 200
DATA = {"order": "A-7", "total": 12.5}


async def run(rounds: int) -> None:
    """Take the same batch in, again and again, each time into an empty database."""
    database, codec = MemoryDatabase(), CloudEventsCodec("/counted")
    projection = NotificationProjection(memory_notifications, MemoryCache(ttl=3600))
    handle = Ingest(
        {REGISTERED: lambda: projection},
        MemoryUnitOfWork(database),
        RecordingSignal(),
        lambda _: True,
        system_clock,
        RecordingMetrics(),
        timedelta(days=30),
        lambda _: None,
    )
    events = (to_event(make_notification(action_data=DATA)) for _ in range(BATCH))
    bodies = [codec.encode(event).body for event in events]
    empty = database.state
    for _ in range(rounds):
        database.state = empty.copy()
        handled = await handle([codec.decode(body) for body in bodies])
        assert handled.after is not None
        await handled.after()
        assert len(database.state.journal) == BATCH
