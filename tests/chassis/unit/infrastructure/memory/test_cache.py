"""Promises of the memory cache beyond the contract: it is bounded."""

from chassis.infrastructure.memory.cache import MemoryCache


def cache() -> MemoryCache:
    return MemoryCache(ttl=60, max_entries=3)


async def keys(cache: MemoryCache) -> str:
    return "".join([key for key in "abcde" if await cache.get(key) is not None])


async def test_the_oldest_entry_goes_when_it_is_full() -> None:
    full = cache()
    for key in "abcd":
        await full.put(key, b"1")

    assert await keys(full) == "bcd"

    await full.fill({"e": b"1"})
    assert await keys(full) == "cde"


async def test_the_oldest_entries_go_when_their_values_are_too_large() -> None:
    full = MemoryCache(ttl=60, max_bytes=10)
    for key, size in (("a", 4), ("b", 4), ("c", 2), ("c", 2)):
        await full.put(key, bytes(size))
    assert await keys(full) == "abc"

    await full.put("d", bytes(7))
    assert await keys(full) == "cd"

    # An entry larger than the whole cache is not stored, and nothing else then.
    await full.put("e", bytes(11))
    assert await keys(full) == ""
    await full.put("a", bytes(10))
    assert await keys(full) == "a"


async def test_an_entry_that_is_put_again_is_the_newest() -> None:
    full = cache()
    for key in "abcad":
        await full.put(key, b"1")

    assert await keys(full) == "acd"


async def test_what_is_left_as_it_is_does_not_push_others_out() -> None:
    full = cache()
    await full.fill({"a": b"1", "b": b"1", "c": b"1"})
    await full.fill({"a": b"2", "b": b"2", "c": b"2"})

    assert await keys(full) == "abc"
