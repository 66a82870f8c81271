"""Promises of PostgreSQL alone: a timeout for every wait, and replicas that share no rows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url, text

from app.application.notification.mapping import to_event
from chassis.application.errors import Unavailable
from chassis.application.ports.work import Work
from chassis.infrastructure.database import postgresql, postgresql_engine
from chassis.infrastructure.database.database import Database
from tests.chassis.contract.database.test_journal import NOON, bounds, ingest, prune, told
from tests.chassis.contract.database.test_outbox import add, confirm
from tests.contract.database.stores import opened, sql_store
from tests.servers.databases import Databases
from tests.unit.support import make_notification

SLEEP = text("SELECT pg_sleep(:seconds)")
WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
# The time until another replica can continue when one is frozen: the server's limit and a little
# more.
TIMEOUT = 6
# SQLAlchemy stops telling a server of a cancelled caller after these seconds, as on a busy machine.
# Then the server's limit ends the statement.
GIVEN_UP = 2


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with opened(database_url) as database:
        yield database


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """Another replica's."""
    async with opened(database_url) as database:
        yield database


async def run(database: Database, statement: str, **values: Any) -> Any:
    async with database.transaction() as connection:
        return (await connection.execute(text(statement), values)).all()


async def sent(work: Work) -> None:
    """Have the database know of all so far: what is asked for comes after it."""
    await work.journal.bounds()


async def test_a_statement_that_takes_too_long_is_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_engine, "STATEMENT_TIMEOUT", 0.2)
    with pytest.raises(Unavailable, match="took too long"):
        await run(database, "SELECT pg_sleep(20)")
    await database.check()


async def test_a_lock_that_does_not_become_free(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_engine, "LOCK_TIMEOUT", 0.2)
    async with sql_store(other).work.begin() as work:
        await work.journal.append([to_event(make_notification())])
        await sent(work)
        with pytest.raises(Unavailable, match="a lock did not become free"):
            await ingest(sql_store(database), make_notification())


async def test_a_frozen_holder_of_the_journal_stops_nobody_for_long(
    database: Database, other: Database
) -> None:
    store = sql_store(database)
    mine, contested, yours = (make_notification() for _ in range(3))

    async def freeze(frozen: asyncio.Event, thawed: asyncio.Event) -> None:
        async with sql_store(other).work.begin() as work:
            await work.journal.append([to_event(mine), to_event(contested)])
            await sent(work)
            frozen.set()
            await thawed.wait()
            await work.notifications.add([mine, contested])

    frozen, thawed = asyncio.Event(), asyncio.Event()
    freezing = asyncio.create_task(freeze(frozen, thawed))
    await frozen.wait()
    async with asyncio.timeout(TIMEOUT):
        assert await ingest(store, contested, yours) == {contested.id, yours.id}
    thawed.set()
    with pytest.raises(Unavailable):
        await freezing
    # The broker delivers it again.
    assert await ingest(sql_store(other), mine, contested) == {mine.id}
    async with store.work.read() as work:
        entries = await work.journal.after(0, limit=10)
    assert told(entries) == [contested, yours, mine]


async def test_of_two_that_prune_at_once_the_one_that_got_further_is_remembered(
    database: Database, other: Database
) -> None:
    store = sql_store(database)
    old = [make_notification(NOON + timedelta(seconds=n)) for n in range(6)]
    await ingest(store, *old)
    async with store.work.read() as work:
        positions = [entry.position for entry in await work.journal.after(0, limit=10)]
    async with store.work.begin() as work:
        await work.journal.prune(NOON + timedelta(seconds=5), limit=10)
        behind = asyncio.create_task(prune(sql_store(other), NOON + timedelta(seconds=3), limit=10))
        async with asyncio.timeout(TIMEOUT):
            # It has read what there is, and waits for the rows.
            while not await run(database, WAITING):
                await asyncio.sleep(0.01)
    await behind
    assert (await bounds(store)).pruned == positions[4]


async def test_a_frozen_holder_of_a_lease_loses_it(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        postgresql, "_KEEP_OPEN", text("SET LOCAL idle_in_transaction_session_timeout = '0.5s'")
    )
    store = sql_store(database)
    envelopes = await add(store, 3)
    frozen, thawed = asyncio.Event(), asyncio.Event()

    async def freeze() -> None:
        async with sql_store(other).outbox_reader.claim(10) as claim:
            frozen.set()
            await thawed.wait()
            claim.confirmed |= {envelope.id for envelope in claim.envelopes}

    freezing = asyncio.create_task(freeze())
    await frozen.wait()
    async with asyncio.timeout(TIMEOUT):
        while (found := await confirm(store)) == []:
            await asyncio.sleep(0.05)
            store.clock.turn(seconds=1)
    assert found == envelopes
    thawed.set()
    with pytest.raises(Unavailable):
        await freezing
    assert (await store.outbox_reader.depth(at_most=1000)).count == 0


async def test_a_lease_outlives_the_limit_of_other_transactions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_engine, "IDLE_TIMEOUT", 0.2)
    store = sql_store(database)
    await add(store, 1)
    with pytest.raises(Unavailable, match=r"was lost|stood still"):
        async with database.transaction() as connection:
            await connection.execute(text("SELECT 1"))
            await asyncio.sleep(0.5)
            await connection.execute(text("SELECT 1"))
    async with store.outbox_reader.claim(1) as claim:
        await asyncio.sleep(0.5)
        claim.confirmed |= {envelope.id for envelope in claim.envelopes}
    assert (await store.outbox_reader.depth(at_most=1000)).count == 0


async def test_leases_of_two_replicas_share_no_rows(database: Database, other: Database) -> None:
    envelopes = await add(sql_store(database), 4)
    async with (
        sql_store(database).outbox_reader.claim(3) as first,
        sql_store(other).outbox_reader.claim(3) as second,
    ):
        assert list(first.envelopes + second.envelopes) == envelopes
    # An unconfirmed row is due again later, and unlocked.
    assert (await sql_store(database).outbox_reader.depth(at_most=1000)).count == 4


async def test_positions_are_in_the_order_of_commits(database: Database, other: Database) -> None:
    replicas = [sql_store(database), sql_store(other)]

    async def write(number: int) -> None:
        for _ in range(15):
            async with replicas[number % 2].work.begin() as work:
                new = [make_notification() for _ in range(3)]
                await work.notifications.add(new)
                await work.journal.append([to_event(each) for each in new])
                if number % 3:
                    # After the lock was taken: time for the others to overtake.
                    await sent(work)
                    await asyncio.sleep(0.001 * (number % 3))

    async def follow() -> list[int]:
        positions = [0]
        while len(positions) <= 6 * 15 * 3:
            async with replicas[0].work.read() as work:
                positions += [e.position for e in await work.journal.after(positions[-1], limit=50)]
        return positions

    async with asyncio.timeout(40), asyncio.TaskGroup() as tasks:
        follower = tasks.create_task(follow())
        for number in range(6):
            tasks.create_task(write(number))
    assert follower.result() == sorted(set(follower.result()))


async def test_callers_wait_for_a_connection_and_not_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database_url, connections=2) as database:
        await asyncio.gather(*(run(database, "SELECT pg_sleep(0.01)") for _ in range(30)))
    monkeypatch.setattr(postgresql, "TIMEOUT", 0.5)
    async with opened(database_url, connections=2) as database:
        async with database.transaction(), database.snapshot():
            with pytest.raises(Unavailable, match="no connection became free"):
                await database.check()
        await database.check()


async def test_cancelled_callers_leave_nothing_behind(
    database_url: str, postgresql: Databases
) -> None:
    running = (
        "SELECT query FROM pg_stat_activity WHERE state <> 'idle' "
        f"AND query LIKE '%-- cancelled' AND datname = '{make_url(database_url).database}'"
    )
    loop = asyncio.get_running_loop()
    slowest = 0.0
    async with opened(database_url, connections=3) as database:
        for delay in range(12):
            tasks = [
                asyncio.create_task(run(database, "SELECT pg_sleep(60) -- cancelled"))
                for _ in range(6)
            ]
            await asyncio.sleep(delay / 100)
            began = loop.time()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            slowest = max(slowest, loop.time() - began)
        # Raises `Unavailable` if the cancelled ones had kept the places of all connections.
        await asyncio.gather(*(run(database, "SELECT 1") for _ in range(9)))
        async with asyncio.timeout(postgresql_engine.STATEMENT_TIMEOUT + TIMEOUT):
            while left := postgresql.sql(running):
                assert slowest >= GIVEN_UP, left
                await asyncio.sleep(0.1)


async def test_a_transaction_whose_caller_fails_or_is_cancelled_is_over(
    database: Database, other: Database
) -> None:
    written = asyncio.Event()

    async def hang() -> None:
        async with sql_store(database).work.begin() as work:
            await work.journal.append([to_event(make_notification())])
            await sent(work)
            written.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await written.wait()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    # At once: the lock has gone with the transaction.
    async with asyncio.timeout(2):
        await ingest(sql_store(other), make_notification())


async def test_transactions_in_each_others_way(database: Database, other: Database) -> None:
    both = asyncio.Barrier(2)

    async def lock(replica: Database, first: int, second: int) -> None:
        async with replica.transaction() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({first})"))
            await both.wait()
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({second})"))

    outcomes = await asyncio.gather(lock(database, 1, 2), lock(other, 2, 1), return_exceptions=True)
    [error] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(error, Unavailable)
    assert str(error).endswith("had a deadlock of two transactions: try again")
