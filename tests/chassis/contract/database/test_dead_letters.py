"""The port `DeadLetters`."""

from contextlib import aclosing

import pytest

from chassis.application.ports.dead_letter_queue import DeadLetter
from chassis.application.ports.dead_letters import REPLAY, REPLAY_JOB
from chassis.application.ports.outbox import Envelope
from chassis.domain.ids import new_id
from chassis.infrastructure.database.dead_letters import dead_letter_queue
from chassis.infrastructure.database.dead_letters.dead_letter_queue import PAGE
from tests.contract.database.stores import Store
from tests.unit.support import dead_lettered_in


async def add(store: Store, *bodies: bytes) -> None:
    for body in bodies:
        await store.dead_letters.add(body, "undecodable: on purpose")


async def bodies(store: Store) -> list[bytes]:
    return [message.body for message in await dead_lettered_in(store.dead_letters)]


async def find(store: Store, body: bytes) -> DeadLetter:
    async with aclosing(store.dead_letters.walk()) as walk:
        [found] = [dead_letter async for dead_letter in walk if dead_letter.message.body == body]
    return found


async def published(store: Store) -> list[bytes]:
    """Return what the relay finds in the outbox, and take it out."""
    async with store.outbox_reader.claim(100) as claim:
        claim.confirmed |= {envelope.id for envelope in claim.envelopes}
    return [envelope.body for envelope in claim.envelopes]


async def test_messages_are_kept_as_they_came_oldest_first(store: Store) -> None:
    dead_lettered_at = store.clock()
    await store.dead_letters.add(b"\0\xff", "undecodable: byte 0")
    store.clock.turn(seconds=1)
    await store.dead_letters.add(b"", "unknown type")

    assert await store.dead_letters.count() == 2
    first, second = await dead_lettered_in(store.dead_letters)
    assert (first.body, first.reason, first.dead_lettered_at) == (
        b"\0\xff",
        "undecodable: byte 0",
        dead_lettered_at,
    )
    assert second.body == b""
    assert int(first.id) < int(second.id)


async def test_a_reason_may_quote_anything(store: Store) -> None:
    await store.dead_letters.add(b"x", "broken at \0 and \ud800")
    [letter] = await dead_lettered_in(store.dead_letters)
    assert letter.reason.startswith("broken at ")


async def test_nothing_is_dead_lettered_at_first(store: Store) -> None:
    assert await dead_lettered_in(store.dead_letters) == []
    assert await store.dead_letters.count() == 0


async def test_a_walk_gives_all_pages_in_order(store: Store) -> None:
    sent = [b"%d" % number for number in range(2 * PAGE + 1)]
    await add(store, *sent)
    assert await bodies(store) == sent


async def test_a_walk_leaves_what_it_only_looks_at(store: Store) -> None:
    await add(store, b"1", b"2")
    assert await dead_lettered_in(store.dead_letters) == await dead_lettered_in(store.dead_letters)
    assert await published(store) == []


async def test_a_walk_ends_though_each_replay_is_dead_lettered_again(store: Store) -> None:
    await add(store, b"1", b"2", b"3")
    async with aclosing(store.dead_letters.walk()) as walk:
        async for dead_letter in walk:
            await dead_letter.replay()
            await add(store, dead_letter.message.body)
    assert await bodies(store) == [b"1", b"2", b"3"]


async def test_a_walk_may_be_left(store: Store) -> None:
    await add(store, b"1", b"2")
    async with aclosing(store.dead_letters.walk()) as walk:
        async for dead_letter in walk:
            await dead_letter.discard()
            break
    assert await bodies(store) == [b"2"]


async def test_what_is_replayed_moves_to_the_outbox_once(store: Store) -> None:
    await add(store, b"1", b"\0\xff", b"3")
    dead_letter = await find(store, b"\0\xff")

    await dead_letter.replay()
    await dead_letter.replay()

    assert await bodies(store) == [b"1", b"3"]
    assert (await store.outbox_reader.depth(at_most=1000)).count == 1
    assert await published(store) == [b"\0\xff"]


async def test_two_who_replay_the_same_move_it_once(store: Store) -> None:
    await add(store, b"1")
    first, second = await find(store, b"1"), await find(store, b"1")

    await first.replay()
    await second.replay()

    assert await published(store) == [b"1"]


async def test_what_is_discarded_is_gone_for_good(store: Store) -> None:
    await add(store, b"1", b"2")
    dead_letter = await find(store, b"1")

    await dead_letter.discard()
    await dead_letter.discard()
    await dead_letter.replay()

    assert await bodies(store) == [b"2"]
    assert await store.dead_letters.count() == 1
    assert await published(store) == []


@pytest.mark.parametrize("settle", ("replay", "discard"))
async def test_an_id_never_comes_to_mean_another_message(store: Store, settle: str) -> None:
    await add(store, b"1")
    dead_letter = await find(store, b"1")
    await getattr(dead_letter, settle)()

    await add(store, b"2")

    [letter] = await dead_lettered_in(store.dead_letters)
    assert letter.id != dead_letter.message.id


@pytest.mark.parametrize("weight", (1, 5, 12))
async def test_few_are_read_at_a_time_where_they_are_large(
    store: Store, monkeypatch: pytest.MonkeyPatch, weight: int
) -> None:
    monkeypatch.setattr(dead_letter_queue, "WEIGHT", weight)
    given = [b"x" * size for size in (3, 9, 0, 5, 1, 30, 2)]
    await add(store, *given)

    assert await bodies(store) == given


async def test_what_no_queue_took_is_kept_apart_and_published_again_under_its_key(
    store: Store,
) -> None:
    sent = [Envelope(new_id(store.clock()), f"order.placed.{n}", b"%d" % n) for n in range(3)]
    await add(store, b"dead")
    await store.unrouted.keep(sent)
    await store.unrouted.keep([])

    assert await bodies(store) == [b"dead"]
    assert await store.dead_letters.count() == 1
    assert await store.unrouted.count() == 3
    kept = await dead_lettered_in(store.unrouted)
    assert [(each.body, each.routing_key) for each in kept] == [
        (each.body, each.routing_key) for each in sent
    ]
    async with aclosing(store.unrouted.walk()) as walk:
        await (await anext(walk)).replay()

    async with store.outbox_reader.claim(100) as claim:
        pass
    assert [(each.body, each.routing_key) for each in claim.envelopes] == [(b"0", "order.placed.0")]
    assert await store.unrouted.count() == 2


async def test_a_durable_job_goes_back_to_the_queue_of_the_jobs(store: Store) -> None:
    job = b'{"type":"durable-job.resize.v1","subject":"resize"}'
    for body in (b'{"type":"order.placed.v1"}', job, b"{"):
        await add(store, body)
        await (await find(store, body)).replay()

    async with store.outbox_reader.claim(100) as claim:
        keys = [envelope.routing_key for envelope in claim.envelopes]
    assert keys == [REPLAY, REPLAY_JOB, REPLAY]
