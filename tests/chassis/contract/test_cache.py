"""The port `Cache`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from chassis.application.ports.cache import Cache
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.redis.cache import RedisCache


@dataclass(frozen=True)
class Subject:
    """A cache, and how to let a part of its entries' time pass."""

    cache: Cache
    pass_time: Callable[[float], Awaitable[None]]


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    ttl, now = 60.0, 1000.0

    async def pass_time(share: float) -> None:
        nonlocal now
        now += share * ttl

    cache = MemoryCache(ttl, now=lambda: now)
    yield Subject(cache, pass_time)
    await cache.close()


@asynccontextmanager
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    # Redis goes by its own clock: long enough for a slow machine, short enough for a test.
    ttl = 0.6

    async def pass_time(share: float) -> None:
        await asyncio.sleep(share * ttl)

    cache = RedisCache(request.getfixturevalue("cache_url"), ttl, "test:")
    yield Subject(cache, pass_time)
    await cache.close()


type Adapter = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Subject]]

CACHES: dict[str, Adapter] = {"memory": memory, "redis": redis}


@pytest.fixture(params=sorted(CACHES))
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with CACHES[request.param](request) as opened:
        yield opened


async def test_it_answers(subject: Subject) -> None:
    await subject.cache.check()


async def test_an_unknown_key_has_no_value(subject: Subject) -> None:
    assert await subject.cache.get("a") is None


@pytest.mark.parametrize("value", (b"", b"1", bytes(range(256))))
async def test_a_value_is_kept_as_it_is(subject: Subject, value: bytes) -> None:
    await subject.cache.put("a", value)

    assert await subject.cache.get("a") == value
    assert await subject.cache.get("b") is None


async def test_putting_replaces(subject: Subject) -> None:
    await subject.cache.put("a", b"1")
    await subject.cache.put("a", b"2")

    assert await subject.cache.get("a") == b"2"


@pytest.mark.parametrize("later", (10, 2**40))
async def test_of_two_that_put_the_later_version_wins_in_any_order(
    subject: Subject, later: int
) -> None:
    await subject.cache.put("a", b"1", 9)
    await subject.cache.put("a", b"2", later)
    await subject.cache.put("a", b"1", 9)
    assert await subject.cache.get("a") == b"2"

    await subject.cache.put("a", b"9 2", later)
    assert await subject.cache.get("a") == b"9 2"


async def test_what_was_filled_in_has_a_version_too(subject: Subject) -> None:
    await subject.cache.fill({"a": b"2"}, 2)
    await subject.cache.put("a", b"1", 1)
    assert await subject.cache.get("a") == b"2"

    await subject.cache.put("a", b"3", 3)
    assert await subject.cache.get("a") == b"3"


async def test_a_version_expires_with_its_value(subject: Subject) -> None:
    await subject.cache.put("a", b"2", 2)
    await subject.pass_time(1.1)

    await subject.cache.put("a", b"1", 1)

    assert await subject.cache.get("a") == b"1"


async def test_filling_sets_what_is_empty_and_leaves_the_rest(subject: Subject) -> None:
    await subject.cache.put("a", b"newer")

    await subject.cache.fill({"a": b"old", "b": b"1", "c": b"2"})

    values = [await subject.cache.get(key) for key in "abc"]
    assert values == [b"newer", b"1", b"2"]


async def test_filling_with_nothing_is_nothing(subject: Subject) -> None:
    await subject.cache.fill({})


async def test_a_value_expires(subject: Subject) -> None:
    await subject.cache.put("a", b"1")
    await subject.cache.fill({"b": b"2"})

    await subject.pass_time(0.5)
    assert [await subject.cache.get(key) for key in "ab"] == [b"1", b"2"]

    await subject.pass_time(0.6)
    assert [await subject.cache.get(key) for key in "ab"] == [None, None]


async def test_putting_renews_and_filling_does_not(subject: Subject) -> None:
    await subject.cache.put("a", b"1")
    await subject.cache.put("b", b"1")

    await subject.pass_time(0.5)
    await subject.cache.put("a", b"2")
    await subject.cache.fill({"b": b"2"})
    await subject.pass_time(0.6)

    assert [await subject.cache.get(key) for key in "ab"] == [b"2", None]


async def test_what_has_expired_may_be_filled_again(subject: Subject) -> None:
    await subject.cache.put("a", b"1")
    await subject.pass_time(1.1)

    await subject.cache.fill({"a": b"2"})

    assert await subject.cache.get("a") == b"2"
