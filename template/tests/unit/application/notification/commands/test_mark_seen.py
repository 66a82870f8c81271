import asyncio
from uuid import UUID, uuid4

import pytest

from app.application.notification.commands.mark_seen import MarkSeenHandler
from app.application.notification.mapping import decode, to_message
from app.application.notification.messages import MarkSeen
from chassis.application.errors import NotFound, Unavailable
from chassis.domain.ids import new_id
from chassis.infrastructure.memory.cache import MemoryCache
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notification_work import MemoryNotificationWork
from tests.memory_notifications import MemoryNotifications
from tests.unit.support import ManualClock, make_notification, store


@pytest.fixture
def mark_seen(work: MemoryUnitOfWork, cache: MemoryCache) -> MarkSeenHandler:
    return MarkSeenHandler(MemoryNotificationWork(work), cache)


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


class SlowCache(MemoryCache):
    """Holds the first change back until it may continue."""

    def __init__(self) -> None:
        super().__init__(60)
        self.go_on = asyncio.Event()

    async def put(self, key: str, value: bytes, version: int = 0) -> None:
        if version == 1:
            await self.go_on.wait()
        await super().put(key, value, version)


async def test_the_later_change_stays_in_the_cache_whichever_comes_there_last(
    work: MemoryUnitOfWork, database: MemoryDatabase
) -> None:
    cache = SlowCache()
    mark_seen = MarkSeenHandler(MemoryNotificationWork(work), cache)
    notification = make_notification()
    await store(database, [notification])

    first = asyncio.create_task(mark_seen(MarkSeen(id=notification.id, is_seen=True)))
    while not database.state.notifications[notification.id].is_seen:
        await asyncio.sleep(0)
    await mark_seen(MarkSeen(id=notification.id, is_seen=False))
    cache.go_on.set()
    await first

    cached = await cache.get(str(notification.id))
    assert cached is not None
    assert decode(cached).is_seen is False


async def test_what_was_not_committed_is_not_cached(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the connection breaks at the commit: the change may never have been."""
    cache = MemoryCache(60)
    notification = make_notification()
    await store(database, [notification])
    mark_seen = MarkSeenHandler(MemoryNotificationWork(work), cache)
    set_seen = MemoryNotifications.set_seen

    async def break_then(self: MemoryNotifications, identity: UUID, is_seen: bool) -> object:
        changed = await set_seen(self, identity, is_seen)
        database.available = False
        return changed

    monkeypatch.setattr(MemoryNotifications, "set_seen", break_then)
    with pytest.raises(Unavailable):
        await mark_seen(MarkSeen(id=notification.id, is_seen=True))

    assert await cache.get(str(notification.id)) is None
    assert not database.state.notifications[notification.id].is_seen
