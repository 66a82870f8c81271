"""The port `DelayedOutbox`: events that are published later."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from chassis.application.delay_limits import DelayLimits
from chassis.application.errors import Busy
from chassis.application.ports.outbox import Envelope
from chassis.domain.errors import Invalid
from chassis.domain.ids import new_id
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.delayed.delayed_outbox import SqlDelayedOutbox
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from tests.chassis.contract.database.test_outbox import confirm
from tests.contract.database.stores import MAX_DELAY, Store, sql_store
from tests.unit.support import ManualClock

BODY = bytes(range(256))


@pytest.fixture
def leased_outbox() -> LeasedOutbox:
    """The rows that the relay of this process may publish; their clock stands still."""
    return LeasedOutbox(ManualClock())


@pytest.fixture
def store(database: Database, leased_outbox: LeasedOutbox) -> Store:
    """The ports of a database."""
    return sql_store(database, leased_outbox=leased_outbox)


@pytest.fixture
def delayed(database: Database, leased_outbox: LeasedOutbox) -> SqlDelayedOutbox:
    """Its delayed events."""
    return SqlDelayedOutbox(database, leased_outbox)


def envelope(store: Store, key: str, delay: float | None) -> Envelope:
    time = None if delay is None else store.clock() + timedelta(seconds=delay)
    return Envelope(new_id(store.clock()), key, BODY, not_before=time)


async def add(store: Store, *delays: float | None) -> list[Envelope]:
    added = [envelope(store, f"a.{n}", delay) for n, delay in enumerate(delays)]
    async with store.work.begin() as work:
        await work.outbox.add(added)
    return added


def keys(envelopes: Sequence[Envelope]) -> list[str]:
    return [each.routing_key for each in envelopes]


async def released(store: Store, delayed: SqlDelayedOutbox, limit: int = 100) -> list[Envelope]:
    await delayed.release(store.clock(), limit=limit)
    return await confirm(store)


async def test_there_is_nothing_at_first(store: Store, delayed: SqlDelayedOutbox) -> None:
    assert await delayed.next() is None
    assert await delayed.count(at_most=10) == 0
    assert await delayed.release(store.clock(), limit=10) == 0


async def test_an_event_comes_at_its_time_and_not_before(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    [added] = await add(store, 60)
    assert await delayed.next() == added.not_before
    assert await confirm(store) == await released(store, delayed) == []
    store.clock.turn(seconds=59.999)
    assert await released(store, delayed) == []

    store.clock.turn(seconds=0.001)
    assert await released(store, delayed) == [Envelope(added.id, added.routing_key, BODY)]
    assert await delayed.next() is None


async def test_other_events_of_the_transaction_do_not_wait(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    await add(store, None, 60, None)
    assert keys(await confirm(store)) == ["a.0", "a.2"]
    assert await delayed.count(at_most=10) == 1


async def test_a_time_that_has_passed_delays_nothing(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    await add(store, -60, 0)
    assert keys(await confirm(store)) == ["a.0", "a.1"]
    assert await delayed.count(at_most=10) == 0


async def test_they_come_in_the_order_of_their_times(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    await add(store, 30, 10, 20, 10)
    store.clock.turn(seconds=60)
    assert keys(await released(store, delayed)) == ["a.1", "a.3", "a.2", "a.0"]


async def test_a_release_has_a_limit(store: Store, delayed: SqlDelayedOutbox) -> None:
    await add(store, 30, 10, 20)
    store.clock.turn(seconds=60)
    assert keys(await released(store, delayed, limit=2)) == ["a.1", "a.2"]
    assert keys(await released(store, delayed, limit=2)) == ["a.0"]


async def test_waiting_events_do_not_count_for_the_outbox(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    await add(store, 10, 20, 30)
    assert (await store.outbox_reader.depth(at_most=10)).count == 0
    assert await delayed.count(at_most=2) == 2
    assert await delayed.count(at_most=10) == 3


async def test_what_a_transaction_took_back_never_comes(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    with pytest.raises(RuntimeError):
        async with store.work.begin() as work:
            await work.outbox.add([envelope(store, "a", 10)])
            raise RuntimeError("on purpose")
    assert await delayed.next() is None


async def test_a_time_too_far_ahead_is_refused_and_nothing_is_stored(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    await add(store, MAX_DELAY.total_seconds())
    with pytest.raises(Invalid, match="not_before: must be at most 86400 seconds from now"):
        await add(store, None, MAX_DELAY.total_seconds() + 0.001)
    assert await confirm(store) == []
    assert await delayed.count(at_most=10) == 1


async def test_too_many_are_refused(database: Database, delayed: SqlDelayedOutbox) -> None:
    limits = DelayLimits(ManualClock(), MAX_DELAY, most=1000)
    limits.waiting = 1001
    store = sql_store(database, delay_limits=limits)
    with pytest.raises(Busy, match="more than 1000 delayed events wait"):
        await add(store, 10)
    await add(store, None)
    assert keys(await confirm(store)) == ["a.0"]


async def test_replicas_share_the_events_that_are_due(
    database: Database, store: Store, delayed: SqlDelayedOutbox
) -> None:
    await add(store, *(10.0 for _ in range(60)))
    store.clock.turn(seconds=10)
    replicas = [delayed, SqlDelayedOutbox(database, LeasedOutbox(store.clock))]

    async def work(replica: SqlDelayedOutbox) -> int:
        moved = 0
        while (some := await replica.release(store.clock(), limit=7)) > 0:
            moved += some
        return moved

    assert sum(await asyncio.gather(*map(work, replicas))) == 60
    assert sorted(keys(await confirm(store))) == sorted(f"a.{n}" for n in range(60))


async def test_the_relay_of_this_process_looks_for_released_events_at_once(
    store: Store, delayed: SqlDelayedOutbox
) -> None:
    assert await confirm(store) == []
    await add(store, 0.2)
    store.clock.turn(seconds=0.2)
    # Within its interval, the relay would not look at the table.
    assert await confirm(store) == []
    await delayed.release(store.clock(), limit=10)
    assert keys(await confirm(store)) == ["a.0"]
