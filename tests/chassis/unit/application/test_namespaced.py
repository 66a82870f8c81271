import pytest

from chassis.application.epoch import EpochMonitor
from chassis.application.errors import Unavailable
from chassis.application.namespaced import NamespacedCache, NamespacedRateLimit
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.memory.rate_limit import MemoryRateLimit
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics


def monitor_of(database: MemoryDatabase) -> EpochMonitor:
    return EpochMonitor(MemoryUnitOfWork(database), RecordingMetrics())


async def test_two_databases_do_not_answer_for_each_other(database: MemoryDatabase) -> None:
    shared = MemoryCache(60)
    own, other = (
        NamespacedCache(shared, monitor_of(each)) for each in (database, MemoryDatabase())
    )
    await own.put("a", b"1")
    await other.fill({"b": b"2"})

    assert [await each.get(key) for each in (own, other) for key in "ab"] == [
        b"1",
        None,
        None,
        b"2",
    ]


async def test_a_value_without_a_version_is_replaced_by_any_other(
    database: MemoryDatabase,
) -> None:
    cache = NamespacedCache(MemoryCache(60), monitor_of(database))
    await cache.fill({"a": b"1"})
    await cache.put("a", b"2")
    assert await cache.get("a") == b"2"
    await cache.put("a", b"3", version=0)

    assert await cache.get("a") == b"3"


async def test_a_database_does_not_answer_for_what_it_was(database: MemoryDatabase) -> None:
    monitor = monitor_of(database)
    cache = NamespacedCache(MemoryCache(60), monitor)
    await cache.put("a", b"1")
    database.restore(database.state, is_told=True)
    await monitor.step()

    assert await cache.get("a") is None


async def test_versions_count(database: MemoryDatabase) -> None:
    cache = NamespacedCache(MemoryCache(60), monitor_of(database))
    await cache.fill({"a": b"2"}, 2)
    await cache.put("a", b"1", 1)
    assert await cache.get("a") == b"2"
    await cache.put("a", b"3", 3)
    assert await cache.get("a") == b"3"


async def test_while_the_epoch_is_not_known_it_is_empty(database: MemoryDatabase) -> None:
    cache = NamespacedCache(MemoryCache(60), monitor_of(database))
    database.available = False
    await cache.fill({"a": b"1"})
    assert await cache.get("a") is None
    # The values of other replicas are not replaced in this way: the caller must learn of them.
    with pytest.raises(Unavailable):
        await cache.put("a", b"2")

    database.available = True
    assert await cache.get("a") is None
    await cache.check()
    assert await cache.advice() is None
    await cache.close()


async def test_callers_of_two_databases_are_counted_apart(database: MemoryDatabase) -> None:
    shared = MemoryRateLimit(1, 1)
    monitors = [monitor_of(each) for each in (database, MemoryDatabase())]
    limits = [NamespacedRateLimit(shared, each) for each in monitors]
    # No call waits for a database here.
    assert await limits[0].take("ada") == 0
    for monitor in monitors:
        await monitor.step()

    assert [await limit.take("ada") for limit in limits] == [0, 0]
    assert [await limit.take("ada") > 0 for limit in limits] == [True, True]
    await limits[0].close()
