import msgspec

from app.application.notification.commands.heartbeat import HeartbeatHandler
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, memory_notifications
from tests.unit.support import ManualClock, RecordingSignal


async def test_a_heartbeat_is_stored_and_published_like_any_notification(
    database: MemoryDatabase,
    work: MemoryUnitOfWork,
    codec: CloudEventsCodec,
    signal: RecordingSignal,
    clock: ManualClock,
) -> None:
    beat = HeartbeatHandler(work, memory_notifications, codec, signal, clock, "/tests")

    assert await beat() is False

    [notification] = database.state.notifications.values()
    told = notification.receiver, notification.action_type, notification.actioner
    assert told == ("operators", "heartbeat", "/tests")
    [waiting] = database.state.outbox.values()
    assert waiting.envelope.routing_key == "notification.heartbeat.operators"
    assert msgspec.json.decode(waiting.envelope.body)["id"] == str(notification.id)
    assert signal.notified == 1
