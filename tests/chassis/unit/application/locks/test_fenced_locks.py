from chassis.application.epoch import EpochMonitor
from chassis.application.locks.fenced_locks import FencedLocks
from chassis.application.ports.locks import Grant
from chassis.infrastructure.memory.locks import MemoryLocks
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics


class Fences:
    """As the database's, for one name."""

    def __init__(self, newest: int = 0) -> None:
        self.newest = newest

    async def mint(self, name: str) -> int:
        self.newest += 1
        return self.newest

    async def record(self, grant: Grant) -> int | None:
        if grant.token <= self.newest:
            return self.newest
        self.newest = grant.token
        return None

    async def forget(self, grant: Grant) -> None:
        """Keep the number."""


def epoch_of(database: MemoryDatabase) -> EpochMonitor:
    return EpochMonitor(MemoryUnitOfWork(database), RecordingMetrics())


async def test_a_server_that_lost_its_last_token_is_asked_for_a_greater_one(
    database: MemoryDatabase,
) -> None:
    locks = FencedLocks(MemoryLocks(), Fences(41), epoch_of(database))

    grant = await locks.acquire("invoices")

    assert grant == Grant("invoices", 42)
    assert locks.holds(grant)


async def test_a_grant_that_another_one_overtook_is_given_back(database: MemoryDatabase) -> None:
    fences = Fences(1)

    class Overtaken(MemoryLocks):
        async def acquire(self, name: str, above: int = 0) -> Grant | None:
            grant = await super().acquire(name, above)
            # Between the grant and its record.
            fences.newest += 10
            return grant

    inner = Overtaken()
    locks = FencedLocks(inner, fences, epoch_of(database))

    assert await locks.acquire("invoices") is None
    assert not inner._held


async def test_databases_share_a_server_without_sharing_locks(database: MemoryDatabase) -> None:
    server = MemoryLocks()
    own, other = (
        FencedLocks(server, Fences(), epoch_of(each)) for each in (database, MemoryDatabase())
    )

    assert await own.acquire("invoices") is not None
    assert await other.acquire("invoices") is not None
    assert await own.acquire("invoices") is None


async def test_a_database_with_a_new_epoch_has_new_locks(database: MemoryDatabase) -> None:
    monitor = epoch_of(database)
    locks = FencedLocks(MemoryLocks(), Fences(), monitor)
    grant = await locks.acquire("invoices")
    assert grant is not None
    assert await locks.renew(grant)

    database.restore(database.state, is_told=True)
    await monitor.step()

    assert not await locks.renew(grant)
    assert not locks.holds(grant)
    assert await locks.acquire("invoices") is not None
