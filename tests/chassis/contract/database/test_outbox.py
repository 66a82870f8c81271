"""The ports `Outbox` and `OutboxReader`, which are the two ends of one table."""

import asyncio
from uuid import UUID

import pytest

from chassis.application.errors import Unavailable
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.outbox_reader import OutboxDepth
from chassis.domain.ids import new_id
from tests.contract.database.stores import Store

BODY = bytes(range(256))


async def add(store: Store, count: int, body: bytes = BODY) -> list[Envelope]:
    envelopes = [Envelope(new_id(store.clock()), f"a.b.{n}", body) for n in range(count)]
    async with store.work.begin() as work:
        await work.outbox.add(envelopes)
    return envelopes


async def confirm(store: Store, limit: int = 100) -> list[Envelope]:
    async with store.outbox_reader.claim(limit) as claim:
        claim.confirmed |= {envelope.id for envelope in claim.envelopes}
    return list(claim.envelopes)


async def test_an_empty_outbox_gives_an_empty_claim(store: Store) -> None:
    async with store.work.begin() as work:
        await work.outbox.add([])
    assert await confirm(store) == []
    assert (await store.outbox_reader.depth(at_most=1000)).count == 0


async def test_envelopes_are_claimed_oldest_first_and_unchanged(store: Store) -> None:
    envelopes = await add(store, 3) + await add(store, 3)
    assert (await store.outbox_reader.depth(at_most=1000)).count == 6
    assert await confirm(store, limit=4) == envelopes[:4]
    assert (await store.outbox_reader.depth(at_most=1000)).count == 2
    assert await confirm(store) == envelopes[4:]
    assert (await store.outbox_reader.depth(at_most=1000)).count == 0


async def test_a_thousand_fit_into_one_transaction_and_one_claim(store: Store) -> None:
    envelopes = await add(store, 1000)
    assert await confirm(store, limit=1000) == envelopes


async def test_a_claim_has_a_weight_that_only_one_alone_may_exceed(store: Store) -> None:
    envelopes = await add(store, 5, body=bytes(100))
    claims = []
    for weight in (250, 50, 10_000):
        async with store.outbox_reader.claim(100, weight=weight) as claim:
            claim.confirmed |= {envelope.id for envelope in claim.envelopes}
        claims.append(claim.envelopes)
    assert [len(claim) for claim in claims] == [3, 1, 1]
    assert [each for claim in claims for each in claim] == envelopes


async def test_the_extent_is_counted_no_further_than_asked(store: Store) -> None:
    assert await store.outbox_reader.depth(at_most=3) == OutboxDepth(0, None)
    envelopes = await add(store, 4)
    assert await store.outbox_reader.depth(at_most=3) == OutboxDepth(3, envelopes[0].id)
    assert await store.outbox_reader.depth(at_most=9) == OutboxDepth(4, envelopes[0].id)


async def test_what_a_transaction_took_back_is_never_claimed(store: Store) -> None:
    async def fail() -> None:
        async with store.work.begin() as work:
            await work.outbox.add([Envelope(new_id(store.clock()), "a", BODY)])
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        await fail()
    assert await confirm(store) == []


async def test_what_was_not_confirmed_comes_again_after_a_growing_delay(store: Store) -> None:
    kept, gone = await add(store, 2)
    async with store.outbox_reader.claim(10) as claim:
        claim.confirmed.add(gone.id)
    assert (await store.outbox_reader.depth(at_most=1000)).count == 1
    delays = []
    for _ in range(5):
        waited = 0.0
        while True:
            async with store.outbox_reader.claim(10) as claim:
                pass
            if claim.envelopes:
                break
            store.clock.turn(seconds=0.5)
            waited += 0.5
        assert claim.envelopes == (kept,)
        delays.append(waited)
    assert delays[0] >= 0.5
    assert delays[-1] > delays[0]
    assert delays == sorted(delays)


async def test_an_error_in_the_block_changes_nothing(store: Store) -> None:
    envelopes = await add(store, 2)

    async def fail() -> None:
        async with store.outbox_reader.claim(10) as claim:
            claim.confirmed.add(envelopes[0].id)
            raise Unavailable("the broker does not answer")

    with pytest.raises(Unavailable):
        await fail()
    assert await confirm(store) == envelopes


async def test_a_cancelled_claim_changes_nothing(store: Store) -> None:
    envelopes = await add(store, 2)
    claimed = asyncio.Event()

    async def hang() -> None:
        async with store.outbox_reader.claim(10):
            claimed.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await claimed.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await confirm(store) == envelopes


async def test_ids_that_were_never_claimed_are_passed_over(store: Store) -> None:
    first, second = await add(store, 2)
    async with store.outbox_reader.claim(1) as claim:
        assert claim.envelopes == (first,)
        claim.confirmed |= {first.id, second.id, new_id(store.clock())}
    assert await confirm(store) == [second]


async def test_claims_at_the_same_time_share_nothing(store: Store) -> None:
    envelopes = await add(store, 40)
    published: list[UUID] = []

    async def relay() -> None:
        while True:
            async with store.outbox_reader.claim(7) as claim:
                if not claim.envelopes:
                    return
                await asyncio.sleep(0.01)
                published.extend(envelope.id for envelope in claim.envelopes)
                claim.confirmed |= {envelope.id for envelope in claim.envelopes}

    await asyncio.gather(*(relay() for _ in range(4)))
    assert sorted(published) == sorted(envelope.id for envelope in envelopes)


async def test_others_may_write_while_a_claim_is_open(store: Store) -> None:
    await add(store, 1)
    async with asyncio.timeout(5), store.outbox_reader.claim(10) as claim:
        await add(store, 1)
        claim.confirmed |= {envelope.id for envelope in claim.envelopes}
    assert (await store.outbox_reader.depth(at_most=1000)).count == 1


async def test_a_clock_that_was_ahead_holds_nothing_up(store: Store) -> None:
    envelopes = await add(store, 1)
    store.clock.turn(days=365)
    async with store.outbox_reader.claim(10):
        pass
    store.clock.turn(days=-365)

    assert await confirm(store) == envelopes
