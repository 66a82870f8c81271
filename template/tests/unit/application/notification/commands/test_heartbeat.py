import msgspec
import pytest

from app.application.notification.commands.heartbeat import HeartbeatHandler
from app.application.notification.commands.own_notifications import OwnNotifications
from chassis.application.errors import LockLost, StaleGrant
from chassis.application.locks.lock_election import LockElection
from chassis.infrastructure.memory.locks import MemoryLocks
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, memory_notifications
from tests.unit.support import ManualClock, RecordingSignal


@pytest.fixture
def election() -> LockElection:
    return LockElection(MemoryLocks(), "worker")


@pytest.fixture
def beat(
    work: MemoryUnitOfWork,
    codec: CloudEventsCodec,
    signal: RecordingSignal,
    clock: ManualClock,
    election: LockElection,
) -> HeartbeatHandler:
    own = OwnNotifications(work, memory_notifications, codec, signal, clock, "/tests")
    return HeartbeatHandler(own, election)


async def lead(election: LockElection, database: MemoryDatabase) -> None:
    await election.campaign()
    database.fences["leader-worker"] = election.grant().token


async def test_a_heartbeat_is_stored_and_published_like_any_notification(
    database: MemoryDatabase,
    signal: RecordingSignal,
    election: LockElection,
    beat: HeartbeatHandler,
) -> None:
    await lead(election, database)

    assert await beat() is False

    [notification] = database.state.notifications.values()
    told = notification.receiver, notification.action_type, notification.actioner
    assert told == ("operators", "heartbeat", "/tests")
    [waiting] = database.state.outbox.values()
    assert waiting.envelope.routing_key == "notification.heartbeat.operators"
    assert msgspec.json.decode(waiting.envelope.body)["id"] == str(notification.id)
    assert signal.notified == 1


async def test_a_heartbeat_of_a_process_that_does_not_lead_any_more_is_refused(
    database: MemoryDatabase, election: LockElection, beat: HeartbeatHandler
) -> None:
    with pytest.raises(LockLost):
        await beat()
    await lead(election, database)
    # Another process has taken the lead, and this one does not know yet.
    database.fences["leader-worker"] += 1
    with pytest.raises(StaleGrant):
        await beat()

    assert database.state.notifications == {}
    assert database.state.outbox == {}
