"""Grants that are not given out, or given back, and the server that has them."""

import pytest

from chassis.application.epoch import EpochMonitor
from chassis.application.errors import Unavailable
from chassis.application.locks.fenced_locks import FencedLocks
from chassis.application.ports.locks import Grant
from tests.chassis.unit.application.locks.leased_locks import LeasedLocks
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, lines


class Fences:
    """As the database's, for one name; notes what it forgot."""

    def __init__(self, newest: int = 0) -> None:
        self.newest = newest
        self.is_available = True
        self.forgotten: list[Grant] = []

    async def mint(self, name: str) -> int:
        raise AssertionError("the other server mints")

    async def record(self, grant: Grant) -> int | None:
        self._reach()
        if grant.token <= self.newest:
            return self.newest
        self.newest = grant.token
        return None

    async def forget(self, grant: Grant) -> None:
        self._reach()
        self.forgotten.append(grant)

    def _reach(self) -> None:
        if not self.is_available:
            raise Unavailable("away")


@pytest.fixture
def server() -> LeasedLocks:
    return LeasedLocks(lease=7.0)


@pytest.fixture
def fences() -> Fences:
    return Fences()


@pytest.fixture
def locks(server: LeasedLocks, fences: Fences, database: MemoryDatabase) -> FencedLocks:
    monitor = EpochMonitor(MemoryUnitOfWork(database), RecordingMetrics())
    return FencedLocks(server, fences, monitor)


async def taken(locks: FencedLocks) -> Grant:
    grant = await locks.acquire("invoices")
    assert grant is not None
    return grant


async def test_the_lease_is_that_of_the_server(locks: FencedLocks) -> None:
    assert locks.lease == 7


async def test_a_released_grant_is_refused_by_the_database_and_free_on_the_server(
    locks: FencedLocks, server: LeasedLocks, fences: Fences
) -> None:
    grant = await taken(locks)
    assert locks.holds(grant)

    await locks.release(grant)
    await locks.release(grant)

    assert not locks.holds(grant)
    assert not await locks.renew(grant)
    assert fences.forgotten == [grant]
    assert len(server.released) == 1
    assert await taken(locks) == Grant("invoices", 2)


async def test_without_the_database_a_lock_is_still_released(
    locks: FencedLocks, server: LeasedLocks, fences: Fences
) -> None:
    grant = await taken(locks)
    fences.is_available = False

    await locks.release(grant)

    assert len(server.released) == 1
    assert not locks.holds(grant)


async def test_a_grant_that_the_database_cannot_record_is_not_kept(
    locks: FencedLocks, server: LeasedLocks, fences: Fences
) -> None:
    fences.is_available = False
    with pytest.raises(Unavailable):
        await locks.acquire("invoices")

    assert len(server.released) == 1


async def test_a_lock_that_the_server_lost_is_refused_by_the_database(
    locks: FencedLocks, server: LeasedLocks, fences: Fences
) -> None:
    grant = await taken(locks)
    assert await locks.renew(grant)
    [name] = server._held
    await server.take_away(name)
    assert not locks.holds(grant)

    assert not await locks.renew(grant)

    assert fences.forgotten == [grant]


async def test_an_operator_reads_that_the_server_lost_its_last_token(
    locks: FencedLocks, fences: Fences, caplog: pytest.LogCaptureFixture
) -> None:
    fences.newest = 41
    await taken(locks)

    [line] = lines(caplog, "the server of the locks has lost its last token")
    assert (line["lock"], line["token"], line["newest"]) == ("invoices", 1, 41)


async def test_nothing_is_told_while_all_is_well(
    locks: FencedLocks, caplog: pytest.LogCaptureFixture
) -> None:
    await taken(locks)

    assert caplog.records == []
    assert await locks.acquire("invoices") is None


async def test_closing_releases_every_grant(
    locks: FencedLocks, server: LeasedLocks, fences: Fences
) -> None:
    grant = await taken(locks)
    other = await locks.acquire("orders")

    await locks.close()

    assert fences.forgotten == [grant, other]
    assert server._held == {}
