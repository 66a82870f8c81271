"""The wake-ups between replicas, also while Redis is in trouble."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis import Redis

from chassis.infrastructure.redis.wake import RedisWake
from tests.servers.redis import RedisServer

SHORT = 0.1
# A wait must not end by itself before the test does.
PATIENCE = 10.0
LONG = 100 * PATIENCE
CHANNEL = "bell"


@pytest.fixture
async def here(own_redis: RedisServer) -> AsyncIterator[RedisWake]:
    """One that listens already."""
    wake = RedisWake(own_redis.url, CHANNEL)
    await rung(wake)
    yield wake
    await wake.close()


@pytest.fixture
async def there(own_redis: RedisServer) -> AsyncIterator[RedisWake]:
    """The one of another replica."""
    wake = RedisWake(own_redis.url, CHANNEL)
    yield wake
    await wake.close()


async def rung(wake: RedisWake) -> None:
    """Wait until it was notified; fails if it is not."""
    async with asyncio.timeout(PATIENCE):
        await wake.wait(LONG)


async def seconds_of(wake: RedisWake, timeout: float) -> float:
    """Return how long a wait took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await wake.wait(timeout)
    return loop.time() - began


async def test_a_ring_of_another_replica_ends_the_wait(here: RedisWake, there: RedisWake) -> None:
    await there.ring()

    await rung(here)


async def test_a_ring_for_others_is_heard_by_them(here: RedisWake, there: RedisWake) -> None:
    await there.ring_others()

    await rung(here)


async def test_a_ring_on_another_channel_does_not(here: RedisWake, own_redis: RedisServer) -> None:
    elsewhere = RedisWake(own_redis.url, "another")
    await elsewhere.ring()
    await elsewhere.close()

    assert await seconds_of(here, SHORT) >= SHORT * 0.9


async def test_whoever_begins_to_listen_looks_once(there: RedisWake) -> None:
    await rung(there)

    assert await seconds_of(there, SHORT) >= SHORT * 0.9


async def test_a_connection_that_is_cut_in_mid_wait_is_made_again(
    here: RedisWake, there: RedisWake, own_redis: RedisServer
) -> None:
    waiting = asyncio.create_task(here.wait(LONG))
    await asyncio.sleep(0)
    with Redis.from_url(own_redis.url) as admin:
        assert admin.client_kill_filter(_type="pubsub") == 1

    async with asyncio.timeout(PATIENCE):
        await waiting

    await there.ring()
    await rung(here)


@pytest.mark.parametrize("outage", ("killed", "frozen"))
async def test_without_redis_a_wait_lasts_and_a_ring_raises_nothing(
    here: RedisWake, there: RedisWake, own_redis: RedisServer, outage: str
) -> None:
    end, begin_again = {
        "killed": (own_redis.kill, own_redis.start),
        "frozen": (own_redis.freeze, own_redis.thaw),
    }[outage]
    end()

    await there.ring()
    assert await seconds_of(here, SHORT) >= SHORT * 0.9
    await here.ring()
    await rung(here)

    begin_again()
    if outage == "killed":
        # A ring may have been missed meanwhile.
        await rung(here)


async def test_rings_while_redis_hangs_cost_little(
    there: RedisWake, own_redis: RedisServer
) -> None:
    loop = asyncio.get_running_loop()
    own_redis.freeze()
    await there.ring()

    began = loop.time()
    for _ in range(100):
        await there.ring()

    assert loop.time() - began < SHORT


async def test_a_listener_notices_that_redis_hangs(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chassis.infrastructure.redis.wake.QUIET", SHORT)
    wake = RedisWake(own_redis.url, CHANNEL)
    await rung(wake)
    await wake.wait(3 * SHORT)
    assert caplog.records == []

    own_redis.freeze()
    while not caplog.records:
        await wake.wait(SHORT)
    assert "does not answer" in vars(caplog.records[0])["reason"]

    own_redis.thaw()
    await rung(wake)
    await wake.close()
