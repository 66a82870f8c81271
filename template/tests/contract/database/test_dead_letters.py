"""The port `DeadLetters`."""

from tests.contract.database.stores import Store


async def test_messages_are_kept_as_they_came_oldest_first(store: Store) -> None:
    parked_at = store.clock()
    await store.dead_letters.park(b"\0\xff", "undecodable: byte 0")
    store.clock.turn(seconds=1)
    await store.dead_letters.park(b"", "unknown type")
    assert await store.dead_letters.count() == 2
    first, second = await store.dead_letters.select(limit=10)
    assert (first.body, first.reason, first.parked_at) == (
        b"\0\xff",
        "undecodable: byte 0",
        parked_at,
    )
    assert second.body == b""
    assert first.id < second.id
    assert await store.dead_letters.select(limit=1) == [first]


async def test_a_reason_may_quote_anything(store: Store) -> None:
    await store.dead_letters.park(b"x", "broken at \0 and \ud800")
    [letter] = await store.dead_letters.select(limit=1)
    assert letter.reason.startswith("broken at ")
