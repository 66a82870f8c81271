"""The port `Locks`, and the fencing tokens of its grants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest
from sqlalchemy import select

from chassis.application.errors import StaleGrant
from chassis.application.ports.locks import Grant, Locks
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.fencing.table import fencing_tokens
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork
from chassis.infrastructure.memory.locks import MemoryLocks
from tests.chassis.contract.lock_places import PLACES, Place, opened_locks, work_of

# Seconds within which a lock is free again.
TIMEOUT = 40

type Make = Callable[[], Locks]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes all at the end of a test."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(params=sorted(PLACES))
async def place(request: pytest.FixtureRequest) -> Place:
    return await PLACES[request.param](request)


@pytest.fixture
def make(place: Place, stack: AsyncExitStack) -> Make:
    """Makes the locks of another process, as it were."""
    return partial(opened_locks, place, stack)


@pytest.fixture
async def work(place: Place) -> AsyncIterator[SqlUnitOfWork[SqlWork]]:
    """The transactions of the database that the locks protect."""
    database = Database(place[0])
    yield work_of(database)
    await database.close()


@pytest.fixture(params=("memory", *sorted(PLACES)))
async def locks(request: pytest.FixtureRequest, stack: AsyncExitStack) -> Locks:
    """The locks of one process, in memory too."""
    if request.param == "memory":
        return MemoryLocks()
    return opened_locks(await PLACES[request.param](request), stack)


async def acquired(locks: Locks, name: str = "invoices") -> Grant:
    """Acquire a lock that is free, or soon will be."""
    async with asyncio.timeout(TIMEOUT):
        while (grant := await locks.acquire(name)) is None:
            await asyncio.sleep(0.02)
    return grant


async def test_a_lock_is_given_once_until_it_is_released(locks: Locks) -> None:
    grant = await acquired(locks)
    assert locks.holds(grant)
    assert await locks.acquire("invoices") is None
    assert await locks.renew(grant)

    await locks.release(grant)

    assert not locks.holds(grant)
    assert not await locks.renew(grant)
    await acquired(locks)


async def test_tokens_only_grow(locks: Locks) -> None:
    tokens = []
    for name in ("invoices", "reports", "invoices", "order:1", "reports", "order:1", "invoices"):
        grant = await acquired(locks, name)
        tokens.append((name, grant.token))
        await locks.release(grant)

    for name in ("invoices", "reports", "order:1"):
        mine = [token for each, token in tokens if each == name]
        assert mine == sorted(set(mine)), tokens


async def test_a_token_is_above_the_one_that_is_asked_for(locks: Locks) -> None:
    first = await acquired(locks)
    await locks.release(first)

    grant = await locks.acquire("invoices", first.token)

    assert grant is not None
    assert grant.token > first.token


async def test_locks_of_different_names_do_not_exclude_each_other(locks: Locks) -> None:
    names = ("invoices", "reports", "order:1", "order:2")
    grants = [await acquired(locks, name) for name in names]

    assert all(locks.holds(grant) for grant in grants)
    await locks.release(grants[0])
    assert [locks.holds(grant) for grant in grants] == [False, True, True, True]


async def test_an_old_grant_releases_and_renews_nothing(locks: Locks) -> None:
    old = await acquired(locks)
    await locks.release(old)
    grant = await acquired(locks)

    await locks.release(old)

    assert not await locks.renew(old)
    assert await locks.renew(grant)


async def test_close_releases_all_and_the_next_use_opens_again(locks: Locks) -> None:
    grants = [await acquired(locks, name) for name in ("invoices", "reports")]

    await locks.close()

    assert not any(locks.holds(grant) for grant in grants)
    for name in ("invoices", "reports"):
        await acquired(locks, name)


async def test_many_processes_at_once_one_gets_it(make: Make) -> None:
    processes = [make() for _ in range(8)]

    found = await asyncio.gather(*(each.acquire("invoices") for each in processes))

    [grant] = [each for each in found if each is not None]
    holder = processes[found.index(grant)]
    assert [each.holds(grant) for each in processes].count(True) == 1
    assert holder.holds(grant)


async def test_another_process_gets_it_after_the_release_with_a_greater_token(make: Make) -> None:
    first, second = make(), make()
    grant = await acquired(first)
    assert await second.acquire("invoices") is None

    await first.release(grant)

    assert (await acquired(second)).token > grant.token


async def test_the_database_takes_writes_of_the_newest_grant_alone(
    make: Make, work: SqlUnitOfWork[SqlWork]
) -> None:
    first, second = make(), make()
    old = await acquired(first)
    async with work.begin(old):
        pass
    await first.release(old)
    with pytest.raises(StaleGrant, match="was released"):
        async with work.begin(old):
            pytest.fail("the block of a released grant was entered")

    grant = await acquired(second)

    with pytest.raises(StaleGrant, match=f"the newest one is {grant.token}"):
        async with work.begin(old):
            pytest.fail("the block of an old grant was entered")
    async with work.begin() as inside:
        await inside.transaction.fence(grant)
        with pytest.raises(StaleGrant):
            await inside.transaction.fence(Grant("reports", grant.token))


async def test_tokens_go_on_after_all_processes_have_ended(make: Make) -> None:
    before = make()
    grant = await acquired(before)
    await before.close()

    assert (await acquired(make())).token > grant.token


async def test_the_table_keeps_no_row_of_a_released_lock(
    make: Make, work: SqlUnitOfWork[SqlWork]
) -> None:
    locks = make()
    for number in range(5):
        await locks.release(await acquired(locks, f"order:{number}"))

    async with work.read() as inside:
        rows = (await inside.transaction.execute(select(fencing_tokens.c.name))).scalars().all()
    assert list(rows) == [""]
