from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from app.application.consuming.handler import Fault
from app.application.context import new_context, use_context
from app.application.errors import Unavailable
from app.application.event import Event
from app.application.notification.commands.ingest import IngestHandler
from app.application.notification.mapping import decode, encode, to_event
from app.domain.notification.notification import Notification
from app.infrastructure.memory.cache import MemoryCache
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import (
    ManualClock,
    RecordingMetrics,
    RecordingStreams,
    RecordingWake,
    make_notification,
)

RETENTION = timedelta(days=30)


@pytest.fixture
def streams() -> RecordingStreams:
    return RecordingStreams()


@pytest.fixture
def met_ahead() -> list[datetime]:
    """The times of events that were ahead of the clock."""
    return []


@pytest.fixture
def ingest(
    work: MemoryUnitOfWork,
    cache: MemoryCache,
    wake: RecordingWake,
    streams: RecordingStreams,
    clock: ManualClock,
    metrics: RecordingMetrics,
    met_ahead: list[datetime],
) -> IngestHandler:
    return IngestHandler(
        work, cache, wake, streams.hand_over, clock, metrics, RETENTION, met_ahead.append
    )


@pytest.fixture
def three(clock: ManualClock) -> list[Notification]:
    return [make_notification(clock(), receiver=f"r{number}") for number in range(3)]


async def ingested(ingest: IngestHandler, events: Sequence[Event]) -> list[Fault]:
    """Ingest, do what comes after, and return the faults."""
    handled = await ingest(events)
    if handled.after is not None:
        await handled.after()
    return list(handled.faults)


def events(notifications: list[Notification]) -> list[Event]:
    return [to_event(notification) for notification in notifications]


def journal(database: MemoryDatabase) -> list[UUID]:
    return [entry.notification.id for entry in database.state.journal]


async def test_a_batch_is_stored_and_journalled_in_its_order(
    ingest: IngestHandler, database: MemoryDatabase, three: list[Notification]
) -> None:
    assert await ingested(ingest, events(three)) == []

    assert list(database.state.notifications.values()) == three
    assert journal(database) == [item.id for item in three]


async def test_the_journal_keeps_the_trace_of_each(
    ingest: IngestHandler, database: MemoryDatabase, three: list[Notification]
) -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    first, *others = events(three)

    await ingested(ingest, [msgspec.structs.replace(first, traceparent=traceparent), *others])

    assert [entry.traceparent for entry in database.state.journal] == [traceparent, None, None]


@pytest.mark.parametrize("traceparent", ("", "\0", "00-0-0-00", "a" * 1_000_000))
async def test_an_event_with_a_malformed_trace_is_stored_without_it(
    ingest: IngestHandler,
    database: MemoryDatabase,
    three: list[Notification],
    traceparent: str,
) -> None:
    (event, *_) = events(three)

    await ingested(ingest, [msgspec.structs.replace(event, traceparent=traceparent)])

    assert [entry.traceparent for entry in database.state.journal] == [None]


async def test_new_ones_are_handed_over_as_the_journal_has_them(
    ingest: IngestHandler,
    database: MemoryDatabase,
    streams: RecordingStreams,
    wake: RecordingWake,
    three: list[Notification],
) -> None:
    streams.can_take = True
    with use_context(new_context()):
        await ingested(ingest, events(three[:2]))
    await ingested(ingest, events(three))

    assert streams.taken == database.state.journal
    assert [entry.traceparent is None for entry in streams.taken] == [False, False, True]
    # Only the other replicas have to read it.
    assert (wake.rings, wake.rings_of_others) == (0, 2)


async def test_of_what_was_stored_before_a_late_delivery_tells_the_cache_nothing(
    ingest: IngestHandler,
    work: MemoryUnitOfWork,
    cache: MemoryCache,
    three: list[Notification],
) -> None:
    seen = replace(three[1], is_seen=True)
    async with work.begin() as unit:
        await unit.notifications.add([seen])

    await ingested(ingest, events(three))

    cached = [await cache.get(str(item.id)) for item in three]
    assert cached == [encode(three[0]), None, encode(three[2])]


async def test_new_ones_are_cached_counted_and_rung_for_once(
    ingest: IngestHandler,
    cache: MemoryCache,
    wake: RecordingWake,
    metrics: RecordingMetrics,
    three: list[Notification],
) -> None:
    await ingested(ingest, events(three))

    cached = [await cache.get(str(item.id)) for item in three]
    assert cached == [encode(item) for item in three]
    assert wake.rings == 1
    assert metrics.counters["notifications_ingested"] == 3


async def test_what_comes_twice_in_a_batch_is_stored_once(
    ingest: IngestHandler,
    database: MemoryDatabase,
    metrics: RecordingMetrics,
    three: list[Notification],
) -> None:
    assert await ingested(ingest, events([*three, three[1]])) == []

    assert journal(database) == [item.id for item in three]
    assert metrics.counters["notifications_ingested"] == 3


async def test_what_comes_again_changes_nothing(
    ingest: IngestHandler,
    database: MemoryDatabase,
    wake: RecordingWake,
    metrics: RecordingMetrics,
    three: list[Notification],
) -> None:
    await ingested(ingest, events(three[:2]))
    before = database.state.copy()

    assert await ingested(ingest, events(three[:2])) == []

    assert database.state == before
    assert wake.rings == 1
    assert metrics.counters["notifications_ingested"] == 2


async def test_only_what_is_new_in_a_batch_is_told_of(
    ingest: IngestHandler,
    database: MemoryDatabase,
    cache: MemoryCache,
    metrics: RecordingMetrics,
    three: list[Notification],
) -> None:
    await ingested(ingest, events(three[:1]))
    await cache.put(str(three[0].id), b"kept")

    await ingested(ingest, events(three))

    assert await cache.get(str(three[0].id)) == b"kept"
    assert await cache.get(str(three[2].id)) is not None
    assert journal(database) == [item.id for item in three]
    assert metrics.counters["notifications_ingested"] == 3


async def test_a_late_delivery_does_not_undo_what_was_seen(
    ingest: IngestHandler,
    database: MemoryDatabase,
    work: MemoryUnitOfWork,
    cache: MemoryCache,
    three: list[Notification],
) -> None:
    seen = make_notification(id=three[0].id, receiver="r0", is_seen=True)
    async with work.begin() as transaction:
        await transaction.notifications.add([seen])
    await cache.put(str(seen.id), encode(seen))

    await ingested(ingest, events(three))

    assert database.state.notifications[seen.id].is_seen
    cached = await cache.get(str(seen.id))
    assert cached is not None
    assert decode(cached).is_seen


async def test_what_can_never_be_stored_is_a_fault_and_its_neighbours_are_not(
    ingest: IngestHandler,
    database: MemoryDatabase,
    clock: ManualClock,
    three: list[Notification],
) -> None:
    good = events(three)
    foreign = msgspec.structs.replace(good[0], id=uuid4())
    ahead = to_event(make_notification(clock() + timedelta(minutes=6)))
    old = to_event(make_notification(clock() - RETENTION - timedelta(seconds=1)))
    mute = msgspec.structs.replace(
        to_event(make_notification(clock())), data=msgspec.Raw(b'{"receiver": 1}')
    )
    bad = to_event(make_notification(clock(), receiver="a\0"))
    latin = msgspec.structs.replace(
        to_event(make_notification(clock())), data=msgspec.Raw(b'{"receiver": "\xe9"}')
    )
    given = [foreign, good[0], ahead, old, good[1], mute, bad, latin, good[2]]

    faults = await ingested(ingest, given)

    assert [fault.event for fault in faults] == [foreign, ahead, old, mute, bad, latin]
    reasons = ("UUIDv7", "ahead of", "before the retention", "receiver", "NUL", "utf-8")
    for fault, reason in zip(faults, reasons, strict=True):
        assert reason in fault.reason
        assert fault.may_pass is (fault.event is ahead)
    assert journal(database) == [item.id for item in three]


async def test_an_event_from_ahead_of_the_clock_is_told_of_and_stored_once_the_clock_is_there(
    ingest: IngestHandler,
    database: MemoryDatabase,
    clock: ManualClock,
    met_ahead: list[datetime],
) -> None:
    item = make_notification(clock() + timedelta(minutes=6))
    assert len(await ingested(ingest, events([item]))) == 1
    assert met_ahead == [item.registered_at]

    clock.turn(minutes=1)

    assert await ingested(ingest, events([item])) == []
    assert journal(database) == [item.id]
    assert met_ahead == [item.registered_at]


async def test_faults_alone_ring_for_nobody(
    ingest: IngestHandler, database: MemoryDatabase, wake: RecordingWake
) -> None:
    event = msgspec.structs.replace(to_event(make_notification()), id=uuid4())

    assert len(await ingested(ingest, [event])) == 1
    assert (journal(database), wake.rings) == ([], 0)


async def test_a_database_that_is_away_leaves_the_batch_to_be_tried_again(
    ingest: IngestHandler,
    database: MemoryDatabase,
    cache: MemoryCache,
    wake: RecordingWake,
    three: list[Notification],
) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await ingested(ingest, events(three))
    assert await cache.get(str(three[0].id)) is None
    assert wake.rings == 0

    database.available = True
    assert await ingested(ingest, events(three)) == []
    assert journal(database) == [item.id for item in three]
