from uuid import uuid4

import pytest

from app.application.errors import NotFound, Unavailable
from app.application.notification.commands.mark_seen import MarkSeenHandler
from app.application.notification.mapping import decode, to_message
from app.application.notification.messages import MarkSeen
from app.domain.notification.identity import new_id
from app.infrastructure.memory.cache import MemoryCache
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, make_notification, store


@pytest.fixture
def mark_seen(work: MemoryUnitOfWork, cache: MemoryCache) -> MarkSeenHandler:
    return MarkSeenHandler(work, cache)


async def test_the_new_state_is_stored_and_told(
    mark_seen: MarkSeenHandler, database: MemoryDatabase
) -> None:
    notification = make_notification()
    await store(database, [notification])

    for is_seen in (True, False):
        told = await mark_seen(MarkSeen(id=notification.id, is_seen=is_seen))

        assert told.is_seen is is_seen
        assert to_message(database.state.notifications[notification.id]) == told


async def test_the_cache_has_the_new_state_whatever_it_had(
    mark_seen: MarkSeenHandler, database: MemoryDatabase, cache: MemoryCache
) -> None:
    notification = make_notification()
    await store(database, [notification])
    await cache.put(str(notification.id), b"old")

    await mark_seen(MarkSeen(id=notification.id, is_seen=True))

    cached = await cache.get(str(notification.id))
    assert cached is not None
    assert decode(cached).is_seen is True


async def test_an_unknown_id_is_not_found_and_not_cached(
    mark_seen: MarkSeenHandler, cache: MemoryCache, clock: ManualClock
) -> None:
    identity = new_id(clock())

    with pytest.raises(NotFound, match=str(identity)):
        await mark_seen(MarkSeen(id=identity, is_seen=True))
    assert await cache.get(str(identity)) is None


async def test_an_id_of_another_kind_is_not_found(mark_seen: MarkSeenHandler) -> None:
    with pytest.raises(NotFound):
        await mark_seen(MarkSeen(id=uuid4(), is_seen=True))


async def test_the_cache_keeps_what_it_has_when_the_database_is_away(
    mark_seen: MarkSeenHandler, database: MemoryDatabase, cache: MemoryCache
) -> None:
    notification = make_notification()
    await store(database, [notification])
    await cache.put(str(notification.id), b"old")
    database.available = False

    with pytest.raises(Unavailable):
        await mark_seen(MarkSeen(id=notification.id, is_seen=True))
    assert await cache.get(str(notification.id)) == b"old"
