from typing import Any

import msgspec
import pytest

from app.application.notification.commands.lifecycle import LifecycleNotifier
from app.application.notification.commands.mark_seen import MarkSeenHandler
from app.application.notification.commands.own_notifications import OwnNotifications
from app.application.notification.messages import MarkSeen
from chassis.application.lifecycle_events import CALLER, LifecycleEvents
from chassis.application.ports.lifecycle import KINDS
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, memory_notifications
from tests.memory_notification_work import MemoryNotificationWork
from tests.unit.support import (
    ManualClock,
    RecordingMetrics,
    RecordingSignal,
    make_notification,
    store,
)


@pytest.fixture
def lifecycle(
    work: MemoryUnitOfWork,
    codec: CloudEventsCodec,
    signal: RecordingSignal,
    clock: ManualClock,
    metrics: RecordingMetrics,
) -> LifecycleEvents:
    """Lifecycle events that become notifications."""
    own = OwnNotifications(work, memory_notifications, codec, signal, clock, "/tests")
    return LifecycleEvents(["dead-lettered", "seen"], [LifecycleNotifier(own)], metrics)


@pytest.fixture
def mark_seen(
    work: MemoryUnitOfWork, cache: MemoryCache, lifecycle: LifecycleEvents
) -> MarkSeenHandler:
    return MarkSeenHandler(MemoryNotificationWork(work), cache, lifecycle)


def data(text: bytes) -> Any:
    return msgspec.json.decode(text)


async def test_a_lifecycle_event_becomes_a_notification_to_the_operators(
    lifecycle: LifecycleEvents, database: MemoryDatabase, signal: RecordingSignal
) -> None:
    lifecycle.report("dead-lettered", "failed", "failed: too\0 large")
    assert await lifecycle.step()

    [made] = database.state.notifications.values()
    assert (made.receiver, made.action_type) == ("operators", "dead-lettered")
    assert made.actioner == "/tests"
    told = {"subject": "failed", "details": "failed: too\\x00 large", "count": 1}
    assert data(made.action_data.text) == told
    [row] = database.state.outbox.values()
    assert data(row.envelope.body)["id"] == str(made.id)
    # Nothing is reported about an event of this caller.
    assert data(row.envelope.body)["caller"] == CALLER.name
    assert signal.notified == 1


async def test_a_notification_that_was_marked_seen_is_told_of(
    lifecycle: LifecycleEvents, mark_seen: MarkSeenHandler, database: MemoryDatabase
) -> None:
    notification = make_notification()
    await store(database, [notification])
    await mark_seen(MarkSeen(id=notification.id, is_seen=False))
    assert not await lifecycle.step()
    await mark_seen(MarkSeen(id=notification.id, is_seen=True))
    assert await lifecycle.step()

    [_, made] = database.state.notifications.values()
    assert made.action_type == "seen"
    assert data(made.action_data.text)["subject"] == notification.receiver


async def test_nothing_is_told_of_a_notification_about_the_service_itself(
    lifecycle: LifecycleEvents, mark_seen: MarkSeenHandler, database: MemoryDatabase
) -> None:
    lifecycle.report("dead-lettered", "failed")
    assert await lifecycle.step()
    [made] = database.state.notifications.values()

    await mark_seen(MarkSeen(id=made.id, is_seen=True))

    assert not await lifecycle.step()
    assert len(database.state.notifications) == 1


def test_the_kinds_are_action_types() -> None:
    for kind in KINDS:
        make_notification(action_type=kind).checked()
