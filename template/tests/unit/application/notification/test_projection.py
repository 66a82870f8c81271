"""The projection of registered notifications: rows, and entries of the cache."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from app.application.notification.mapping import REGISTERED, decode, encode, to_event
from app.application.notification.projection import NotificationProjection
from app.domain.notification.notification import Notification
from chassis.application.consuming.handler import Fault
from chassis.application.consuming.ingest import Ingest
from chassis.application.event import Event
from chassis.domain.errors import Invalid
from chassis.infrastructure.memory.cache import MemoryCache
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, memory_notifications
from tests.unit.support import ManualClock, RecordingMetrics, RecordingSignal, make_notification


@pytest.fixture
def projection(cache: MemoryCache) -> NotificationProjection:
    return NotificationProjection(memory_notifications, cache)


@pytest.fixture
def ingest(
    projection: NotificationProjection,
    work: MemoryUnitOfWork,
    signal: RecordingSignal,
    clock: ManualClock,
    metrics: RecordingMetrics,
) -> Ingest:
    return Ingest(
        {REGISTERED: lambda: projection},
        work,
        signal,
        lambda _: False,
        clock,
        metrics,
        timedelta(days=30),
        lambda _: None,
    )


@pytest.fixture
def three(clock: ManualClock) -> list[Notification]:
    return [make_notification(clock(), receiver=f"r{number}") for number in range(3)]


async def ingested(ingest: Ingest, notifications: Sequence[Notification]) -> list[Fault]:
    """Ingest their events, do what comes after, and return the faults."""
    handled = await ingest([to_event(item) for item in notifications])
    if handled.after is not None:
        await handled.after()
    return list(handled.faults)


async def test_a_batch_is_stored_and_tagged_with_the_action_types(
    ingest: Ingest, database: MemoryDatabase, clock: ManualClock
) -> None:
    items = [make_notification(clock(), action_type=name) for name in ("greeted", "left")]

    assert await ingested(ingest, items) == []

    assert list(database.state.notifications.values()) == items
    entries = database.state.journal
    assert [(entry.event.id, entry.tag) for entry in entries] == [
        (item.id, item.action_type) for item in items
    ]


async def test_new_ones_are_cached(
    ingest: Ingest, cache: MemoryCache, three: list[Notification]
) -> None:
    await ingested(ingest, three)

    cached = [await cache.get(str(item.id)) for item in three]
    assert cached == [encode(item) for item in three]


async def test_of_what_was_stored_before_a_late_delivery_tells_the_cache_nothing(
    ingest: Ingest, work: MemoryUnitOfWork, cache: MemoryCache, three: list[Notification]
) -> None:
    seen = replace(three[1], is_seen=True)
    async with work.begin() as unit:
        await unit.notifications.add([seen])

    await ingested(ingest, three)

    cached = [await cache.get(str(item.id)) for item in three]
    assert cached == [encode(three[0]), None, encode(three[2])]


async def test_what_comes_again_leaves_the_cache_as_it_is(
    ingest: Ingest, cache: MemoryCache, three: list[Notification]
) -> None:
    await ingested(ingest, three[:1])
    await cache.put(str(three[0].id), b"kept")

    await ingested(ingest, three)

    assert await cache.get(str(three[0].id)) == b"kept"
    assert await cache.get(str(three[2].id)) is not None


async def test_a_late_delivery_does_not_undo_what_was_seen(
    ingest: Ingest,
    database: MemoryDatabase,
    work: MemoryUnitOfWork,
    cache: MemoryCache,
    three: list[Notification],
) -> None:
    seen = make_notification(id=three[0].id, receiver="r0", is_seen=True)
    async with work.begin() as transaction:
        await transaction.notifications.add([seen])
    await cache.put(str(seen.id), encode(seen))

    await ingested(ingest, three)

    assert database.state.notifications[seen.id].is_seen
    cached = await cache.get(str(seen.id))
    assert cached is not None
    assert decode(cached).is_seen


@pytest.mark.parametrize(
    ("event", "error", "reason"),
    (
        (to_event(make_notification(receiver="a\0")), Invalid, "NUL"),
        (
            msgspec.structs.replace(
                to_event(make_notification()), data=msgspec.Raw(b'{"receiver": 1}')
            ),
            msgspec.ValidationError,
            "receiver",
        ),
        (
            msgspec.structs.replace(to_event(make_notification(receiver="ada")), subject="eve"),
            Invalid,
            "must be the receiver",
        ),
    ),
)
def test_what_is_no_notification_is_refused(
    projection: NotificationProjection, event: Event, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        projection.decode(event)


def test_an_event_about_another_subject_is_refused(projection: NotificationProjection) -> None:
    event = msgspec.structs.replace(to_event(make_notification(receiver="ada")), subject="bob")

    with pytest.raises(Invalid) as caught:
        projection.decode(event)

    assert (caught.value.field, caught.value.reason) == ("subject", "must be the receiver")
