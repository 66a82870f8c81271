"""The cache while Redis is in trouble."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from redis import Redis

from chassis.application.errors import Unavailable
from chassis.infrastructure.redis.cache import RedisCache
from chassis.infrastructure.redis.circuit_breaker import PAUSE
from chassis.infrastructure.redis.client import TIMEOUT
from tests.servers.redis import RedisServer

TTL = 60.0
# The time of a call that does not ask Redis at all, on a busy machine.
NOTHING = 0.2


@pytest.fixture
async def cache(own_redis: RedisServer) -> AsyncIterator[RedisCache]:
    opened = RedisCache(own_redis.url, TTL, "test:")
    yield opened
    await opened.close()


async def recovered(cache: RedisCache) -> None:
    """Wait until an attempt is made again."""
    await cache.check()
    await asyncio.sleep(PAUSE)


async def test_what_is_killed_and_started_anew_is_an_empty_cache(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    await cache.put("a", b"1")

    own_redis.kill()
    assert await cache.get("a") is None
    await cache.fill({"a": b"2"})

    own_redis.start()
    await recovered(cache)
    assert await cache.get("a") is None
    await cache.put("a", b"3")
    assert await cache.get("a") == b"3"


async def test_a_restart_between_two_calls_is_not_noticed(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    await cache.put("a", b"1")

    own_redis.stop()
    own_redis.start()

    await cache.put("a", b"2")
    assert await cache.get("a") == b"2"


async def test_what_hangs_delays_one_call_and_not_the_next(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    await cache.put("a", b"1")
    own_redis.freeze()

    began = time.monotonic()
    assert await cache.get("a") is None
    first = time.monotonic() - began

    began = time.monotonic()
    for _ in range(100):
        assert await cache.get("a") is None
    others = time.monotonic() - began

    own_redis.thaw()
    assert TIMEOUT * 0.9 <= first < TIMEOUT + NOTHING
    assert others < NOTHING
    await recovered(cache)
    assert await cache.get("a") == b"1"


async def test_calls_at_the_same_time_wait_together(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    own_redis.freeze()

    began = time.monotonic()
    assert set(await asyncio.gather(*(cache.get("a") for _ in range(100)))) == {None}

    assert time.monotonic() - began < 2 * TIMEOUT


async def test_a_value_that_could_not_be_replaced_is_not_served_again(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    await cache.put("a", b"old")
    await cache.put("b", b"kept")
    with Redis.from_url(own_redis.url) as admin:
        admin.replicaof("127.0.0.1", 1)
        await cache.put("a", b"new")
        assert await cache.get("a") is None
        admin.replicaof("NO", "ONE")
        await recovered(cache)
        assert admin.get("test:a") == b"0 old"

        assert await cache.get("b") == b"kept"

        assert admin.get("test:a") is None
    assert await cache.get("a") is None


async def test_a_value_whose_put_was_cancelled_is_not_served_again(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    await cache.put("a", b"old")
    own_redis.freeze()
    putting = asyncio.create_task(cache.put("a", b"new"))
    await asyncio.sleep(0.05)
    putting.cancel()
    await asyncio.gather(putting, return_exceptions=True)
    own_redis.thaw()

    assert await cache.get("a") != b"old"


async def test_a_call_that_is_cancelled_leaves_the_others_their_own_answers(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    values = {f"key {number}": str(number).encode() for number in range(50)}
    await cache.fill(values)

    for _ in range(20):
        getting = [asyncio.create_task(cache.get(key)) for key in values]
        await asyncio.sleep(0)
        for task in getting[::2]:
            task.cancel()
        answers = await asyncio.gather(*getting, return_exceptions=True)
        assert answers[1::2] == list(values.values())[1::2]


async def test_a_full_server_is_read_and_not_written(
    cache: RedisCache, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chassis")
    await cache.put("a", b"1")
    with Redis.from_url(own_redis.url) as admin:
        admin.config_set("maxmemory", "1mb")

    for number in range(3):
        await cache.put(f"new {number}", b"2")
        assert await cache.get("a") == b"1"

    with pytest.raises(Unavailable, match="is full"):
        await cache.check()
    assert await cache.advice() is not None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_an_evicting_server_needs_no_advice(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    assert await cache.advice() is None
    with Redis.from_url(own_redis.url) as admin:
        admin.config_set("maxmemory", "100mb")
        admin.config_set("maxmemory-policy", "allkeys-lru")

    assert await cache.advice() is None


async def test_a_server_that_hides_its_settings_gives_no_advice(
    cache: RedisCache, own_redis: RedisServer
) -> None:
    with Redis.from_url(own_redis.url) as admin:
        admin.execute_command("ACL", "SETUSER", "default", "-config")

    assert await cache.advice() is None


async def test_an_outage_is_logged_once(
    cache: RedisCache, own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "chassis")
    own_redis.kill()
    for _ in range(5):
        await cache.get("a")
    own_redis.start()
    await recovered(cache)
    await cache.get("a")

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.parametrize(
    ("part", "other", "words"),
    (
        (r":[^:/]+@", ":other@", "user or password of CACHE_URL"),
        (r"@.*", "@127.0.0.1:1/", "is it running"),
        (r"@.*", "@nowhere.invalid/", "host of CACHE_URL is not known"),
        (r"^redis", "rediss", "speak TLS"),
    ),
    ids=("wrong password", "not running", "no such host", "no TLS"),
)
async def test_what_is_wrong_is_said_without_the_password(
    cache_url: str, part: str, other: str, words: str
) -> None:
    password = urlsplit(cache_url).password or ""
    cache = RedisCache(re.sub(part, other, cache_url), TTL, "test:")

    with pytest.raises(Unavailable, match=words) as caught:
        await cache.check()

    assert password not in str(caught.value)
    assert await cache.get("a") is None
    await cache.close()


async def test_a_read_only_replica_is_named(cache: RedisCache, own_redis: RedisServer) -> None:
    with Redis.from_url(own_redis.url) as admin:
        admin.replicaof("127.0.0.1", 1)

    with pytest.raises(Unavailable, match="read-only replica"):
        await cache.check()


@pytest.mark.parametrize("url", ("redis://:secret@host:port/", "redis://host/?nonsense=1"))
def test_a_url_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="redis://:PASSWORD@HOST") as caught:
        RedisCache(url, TTL, "test:")

    assert "secret" not in str(caught.value)
