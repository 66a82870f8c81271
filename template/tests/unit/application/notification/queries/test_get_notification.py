import asyncio
from uuid import uuid4

import msgspec
import pytest

from app.application.notification.mapping import encode, to_message
from app.application.notification.messages import GetNotification
from app.application.notification.queries.get_notification import GetNotificationHandler
from chassis.application.access.caller import Caller
from chassis.application.context import new_context, use_context
from chassis.application.errors import Forbidden, NotFound
from chassis.domain.ids import new_id
from chassis.infrastructure.memory.cache import MemoryCache
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notification_work import MemoryNotificationWork
from tests.unit.support import (
    ManualClock,
    RecordingMetrics,
    make_notification,
    store,
)


@pytest.fixture
def get(
    work: MemoryUnitOfWork, cache: MemoryCache, metrics: RecordingMetrics
) -> GetNotificationHandler:
    return GetNotificationHandler(MemoryNotificationWork(work), cache, metrics)


async def test_what_is_stored_is_returned_and_cached(
    get: GetNotificationHandler,
    database: MemoryDatabase,
    cache: MemoryCache,
    metrics: RecordingMetrics,
) -> None:
    notification = make_notification(action_data={"a": [1, None]}, actioner="bob")
    await store(database, [notification, make_notification()])

    found = await get(GetNotification(id=notification.id))

    assert found == to_message(notification)
    assert await cache.get(str(notification.id)) == encode(found)
    assert metrics.counters == {"cache_misses": 1}


async def test_what_is_cached_is_returned_without_the_database(
    get: GetNotificationHandler,
    database: MemoryDatabase,
    cache: MemoryCache,
    metrics: RecordingMetrics,
) -> None:
    cached = to_message(make_notification(is_seen=True))
    await cache.put(str(cached.id), encode(cached))
    database.available = False

    assert await get(GetNotification(id=cached.id)) == cached
    assert metrics.counters == {"cache_hits": 1}


async def test_a_slow_reader_does_not_put_back_what_was_changed_meanwhile(
    get: GetNotificationHandler, database: MemoryDatabase, cache: MemoryCache
) -> None:
    notification = make_notification()
    await store(database, [notification])
    seen = encode(to_message(make_notification(id=notification.id, is_seen=True)))

    reading = asyncio.create_task(get(GetNotification(id=notification.id)))
    await asyncio.sleep(0)
    await cache.put(str(notification.id), seen)
    await reading

    assert await cache.get(str(notification.id)) == seen


async def test_an_unknown_id_is_not_found(get: GetNotificationHandler, clock: ManualClock) -> None:
    identity = new_id(clock())

    with pytest.raises(NotFound, match=str(identity)):
        await get(GetNotification(id=identity))


async def test_an_id_of_another_kind_is_not_found(get: GetNotificationHandler) -> None:
    with pytest.raises(NotFound):
        await get(GetNotification(id=uuid4()))


async def test_what_another_version_has_cached_is_read_from_the_database(
    get: GetNotificationHandler,
    database: MemoryDatabase,
    cache: MemoryCache,
    metrics: RecordingMetrics,
) -> None:
    notification = make_notification()
    await store(database, [notification])
    await cache.put(str(notification.id), b'{"id": 7}')

    assert await get(GetNotification(id=notification.id)) == to_message(notification)
    assert metrics.counters == {"cache_misses": 1}


@pytest.mark.parametrize("is_cached", (True, False))
async def test_what_is_anothers_takes_the_way_of_what_is_not_there(
    get: GetNotificationHandler,
    database: MemoryDatabase,
    cache: MemoryCache,
    metrics: RecordingMetrics,
    is_cached: bool,
) -> None:
    notification = make_notification(receiver="ada")
    await store(database, [notification])
    if is_cached:
        await cache.put(str(notification.id), encode(to_message(notification)))
    bob = msgspec.structs.replace(new_context(), caller=Caller(name="bob", receivers=("bob",)))

    with use_context(bob), pytest.raises(NotFound, match=str(notification.id)) as caught:
        await get(GetNotification(id=notification.id))

    assert isinstance(caught.value.__cause__, Forbidden)
    assert str(caught.value.__cause__) == "it is for another receiver"
    # Neither sooner, from the cache, nor later, since it is put there.
    assert metrics.counters == {"cache_misses": 1}
    assert (await cache.get(str(notification.id)) is not None) == is_cached


async def test_a_caller_reads_its_own_stored_or_cached(
    get: GetNotificationHandler, database: MemoryDatabase, metrics: RecordingMetrics
) -> None:
    notification = make_notification(receiver="ada")
    await store(database, [notification])
    ada = msgspec.structs.replace(new_context(), caller=Caller(name="ada", receivers=("ada",)))

    with use_context(ada):
        for _ in range(2):
            assert await get(GetNotification(id=notification.id)) == to_message(notification)

    assert metrics.counters == {"cache_misses": 1, "cache_hits": 1}
