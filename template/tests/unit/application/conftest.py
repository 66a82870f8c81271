import asyncio

import pytest

from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics, RecordingSignal


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def signal() -> RecordingSignal:
    return RecordingSignal()


@pytest.fixture
def database(clock: ManualClock) -> MemoryDatabase:
    return MemoryDatabase(clock)


@pytest.fixture
def work(database: MemoryDatabase) -> MemoryUnitOfWork:
    return MemoryUnitOfWork(database)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Records delays instead of sleeping."""
    waits = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache(ttl=3600)


@pytest.fixture
def codec() -> CloudEventsCodec:
    return CloudEventsCodec("/tests")
