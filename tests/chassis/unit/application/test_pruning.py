from datetime import datetime, timedelta
from operator import attrgetter

import pytest

from chassis.application import pruning
from chassis.application.errors import Unavailable
from chassis.application.ports.idempotency import Key, Remembered
from chassis.application.pruning import PruneHandler
from chassis.domain.ids import new_id
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import ManualClock, make_notification, store

RETENTION = timedelta(days=30)
MOMENT = timedelta(milliseconds=1)


class Log:
    """Rows of the journal, or idempotency keys, that were stored at given times."""

    def __init__(self, name: str, database: MemoryDatabase, clock: ManualClock) -> None:
        self._name = name
        self._database = database
        self._clock = clock
        database.idempotency_ttl = RETENTION

    def handler(self) -> PruneHandler[object]:
        work = MemoryUnitOfWork(self._database)
        return PruneHandler(work, attrgetter(self._name), self._clock, RETENTION)

    async def add(self, *times: datetime) -> None:
        if self._name == "journal":
            await store(self._database, [make_notification(time) for time in times])
            return
        now = self._clock.now
        for time in times:
            self._clock.now = time
            async with MemoryUnitOfWork(self._database).begin() as work:
                request = Remembered(b"", (new_id(time),))
                key = Key("operation", "ada", str(new_id(time)))
                await work.idempotency.remember([(key, request)])
        self._clock.now = now

    def __len__(self) -> int:
        state = self._database.state
        return len(state.journal if self._name == "journal" else state.keys)


@pytest.fixture(params=("journal", "idempotency"))
def rows(request: pytest.FixtureRequest, database: MemoryDatabase, clock: ManualClock) -> Log:
    """The rows of a store that the machinery prunes."""
    return Log(request.param, database, clock)


async def test_what_is_older_than_the_retention_goes(rows: Log, clock: ManualClock) -> None:
    await rows.add(clock() - RETENTION - MOMENT, clock() - RETENTION + MOMENT, clock())

    assert await rows.handler()() is False
    assert len(rows) == 2

    clock.now += 2 * MOMENT
    assert await rows.handler()() is False
    assert len(rows) == 1


async def test_a_step_is_bounded(
    rows: Log, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    await rows.add(*[clock() - 2 * RETENTION] * 5, clock())
    prune = rows.handler()

    assert [await prune() for _ in range(3)] == [True, True, False]

    assert len(rows) == 1


async def test_a_database_that_is_away_is_told_of(rows: Log, database: MemoryDatabase) -> None:
    database.available = False
    with pytest.raises(Unavailable):
        await rows.handler()()
