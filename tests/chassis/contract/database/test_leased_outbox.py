"""The outbox while a relay of the same process works, with another replica's."""

import asyncio
from uuid import UUID

import pytest

from chassis.application.errors import Unavailable
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.outbox.leased_outbox import LEASE
from tests.chassis.contract.database.test_outbox import add, confirm
from tests.contract.database.stores import Store, sql_store


@pytest.fixture
async def mine(database: Database) -> Store:
    """The ports of a process whose relay works."""
    store = sql_store(database)
    assert await confirm(store) == []
    return store


@pytest.fixture
def theirs(database: Database) -> Store:
    """Those of another replica."""
    return sql_store(database)


async def count(store: Store) -> int:
    return (await store.outbox_reader.depth(at_most=1000)).count


async def test_what_is_new_is_claimed_here_and_by_nobody_else(mine: Store, theirs: Store) -> None:
    envelopes = await add(mine, 3) + await add(mine, 2)
    assert await count(theirs) == 5
    assert await confirm(theirs) == []

    assert await confirm(mine, limit=4) == envelopes[:4]
    assert await confirm(mine) == envelopes[4:]

    assert await count(mine) == 0


async def test_what_was_not_confirmed_comes_again_later(mine: Store) -> None:
    kept, gone = await add(mine, 2)
    async with mine.outbox_reader.claim(10) as claim:
        claim.confirmed.add(gone.id)
    assert await count(mine) == 1
    assert await confirm(mine) == []

    mine.clock.turn(seconds=1.5)
    assert await confirm(mine) == [kept]
    assert await count(mine) == 0


async def test_an_error_in_the_block_leaves_them_to_the_next_claim(mine: Store) -> None:
    envelopes = await add(mine, 3)

    async def fail() -> None:
        async with mine.outbox_reader.claim(2) as claim:
            claim.confirmed |= {each.id for each in claim.envelopes}
            raise Unavailable("the broker does not answer")

    with pytest.raises(Unavailable):
        await fail()
    assert await confirm(mine) == envelopes


async def test_what_a_dead_process_left_is_anybodys_when_its_lease_ends(
    mine: Store, theirs: Store
) -> None:
    envelopes = await add(mine, 2)
    theirs.clock.turn(seconds=LEASE.total_seconds() - 1)
    assert await confirm(theirs) == []

    theirs.clock.turn(seconds=1)
    assert await confirm(theirs) == envelopes
    assert await count(theirs) == 0


async def test_here_too_what_waits_longer_than_its_lease_is_claimed_from_the_table(
    mine: Store,
) -> None:
    envelopes = await add(mine, 2)
    mine.clock.turn(seconds=LEASE.total_seconds())
    assert await confirm(mine) == envelopes
    assert await confirm(mine) == []
    assert await count(mine) == 0


async def test_whoever_stops_leaves_the_rest_to_others_at_once(mine: Store, theirs: Store) -> None:
    envelopes = await add(mine, 3)
    await mine.outbox_reader.release()

    assert await confirm(theirs, limit=2) == envelopes[:2]
    # After the stop, nothing is kept back for a relay that is no more.
    more = await add(mine, 1)
    assert await confirm(theirs) == [*envelopes[2:], *more]


async def test_a_row_that_another_relay_has_postponed_is_that_relays(
    mine: Store, theirs: Store
) -> None:
    [envelope] = await add(mine, 1)
    async with mine.outbox_reader.claim(1) as claim:
        # Stands still for so long that the lease ends, and the broker refuses it for the other.
        theirs.clock.turn(seconds=LEASE.total_seconds())
        async with theirs.outbox_reader.claim(1) as other:
            assert other.envelopes == claim.envelopes == (envelope,)
        claim.confirmed.add(envelope.id)
    # Published twice at worst, and never lost.
    assert await count(theirs) == 1


async def test_a_backlog_and_what_is_new_come_in_turns(mine: Store, theirs: Store) -> None:
    backlog = await add(theirs, 4)
    new = await add(mine, 4)
    mine.clock.turn(seconds=1)

    claims = [await confirm(mine, limit=2) for _ in range(4)]

    assert claims == [backlog[:2], new[:2], backlog[2:], new[2:]]
    assert await count(mine) == 0


async def test_claims_at_the_same_time_share_nothing_of_it(mine: Store) -> None:
    envelopes = await add(mine, 40)
    published: list[UUID] = []

    async def relay() -> None:
        while claimed := await confirm(mine, limit=7):
            published.extend(each.id for each in claimed)

    await asyncio.gather(*(relay() for _ in range(4)))

    assert sorted(published) == sorted(each.id for each in envelopes)
    assert await count(mine) == 0


async def test_of_claims_at_the_same_time_one_is_of_the_table(mine: Store, theirs: Store) -> None:
    backlog = await add(theirs, 4)
    mine.clock.turn(seconds=1)
    async with mine.outbox_reader.claim(2) as claim:
        assert list(claim.envelopes) == backlog[:2]
        assert await confirm(mine) == []
        new = await add(mine, 2)
        assert await confirm(mine) == new
        claim.confirmed |= {each.id for each in claim.envelopes}

    assert await confirm(mine) == backlog[2:]
    assert await count(mine) == 0


async def test_a_claim_of_the_table_that_fails_is_not_the_last(mine: Store, theirs: Store) -> None:
    backlog = await add(theirs, 2)
    mine.clock.turn(seconds=1)

    async def fail() -> None:
        async with mine.outbox_reader.claim(2):
            raise Unavailable("the broker does not answer")

    with pytest.raises(Unavailable):
        await fail()
    assert await confirm(mine) == backlog


async def test_what_is_being_published_here_is_not_claimed_again_when_its_lease_ends(
    mine: Store,
) -> None:
    envelopes = await add(mine, 2)
    async with mine.outbox_reader.claim(10) as claim:
        mine.clock.turn(seconds=LEASE.total_seconds())
        assert await confirm(mine) == []
        claim.confirmed.add(envelopes[0].id)

    mine.clock.turn(seconds=2)
    assert await confirm(mine) == envelopes[1:]
    assert await count(mine) == 0


async def test_what_a_transaction_took_back_is_not_leased(mine: Store) -> None:
    async def fail() -> None:
        async with mine.work.begin() as work:
            await work.outbox.add(await add(mine, 0))
            [envelope] = await add(mine, 1)
            assert await confirm(mine) == [envelope]
            await work.outbox.add([envelope])
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        await fail()
    assert await confirm(mine) == []
    assert await count(mine) == 0
