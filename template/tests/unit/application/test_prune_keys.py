import pytest

from app.application import prune_keys
from app.application.errors import Unavailable
from app.application.ports.idempotency import Key, Remembered
from app.application.prune_keys import PruneKeysHandler
from app.domain.ids import new_id
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock


@pytest.fixture
def handler(work: MemoryUnitOfWork) -> PruneKeysHandler:
    return PruneKeysHandler(work)


async def remember(work: MemoryUnitOfWork, clock: ManualClock, *keys: str) -> None:
    async with work.begin() as unit:
        for key in keys:
            request = Remembered(b"", (new_id(clock()),))
            await unit.idempotency.remember([(Key("operation", "ada", key), request)])


async def test_keys_that_are_forgotten_go(
    handler: PruneKeysHandler, work: MemoryUnitOfWork, database: MemoryDatabase, clock: ManualClock
) -> None:
    await remember(work, clock, "k")

    assert await handler() is False
    assert database.state.keys

    clock.now += database.idempotency_ttl
    assert await handler() is False
    assert not database.state.keys


async def test_a_step_is_bounded(
    handler: PruneKeysHandler,
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prune_keys, "BATCH", 2)
    await remember(work, clock, "a", "b", "c")
    clock.now += database.idempotency_ttl

    assert [await handler() for _ in range(2)] == [True, False]

    assert not database.state.keys


async def test_a_database_that_is_away_is_told_of(
    handler: PruneKeysHandler, database: MemoryDatabase
) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await handler()
