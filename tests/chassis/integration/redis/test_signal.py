"""The signal between replicas, also while Redis is in trouble."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis import Redis

from chassis.infrastructure.redis.signal import RedisSignal
from tests.servers.redis import RedisServer

SHORT = 0.1
# A wait must not end by itself before the test does.
TIMEOUT = 10.0
LONG = 100 * TIMEOUT
CHANNEL = "future"


@pytest.fixture
async def here(own_redis: RedisServer) -> AsyncIterator[RedisSignal]:
    """One that listens already."""
    signal = RedisSignal(own_redis.url, CHANNEL)
    await notified(signal)
    yield signal
    await signal.close()


@pytest.fixture
async def there(own_redis: RedisServer) -> AsyncIterator[RedisSignal]:
    """The one of another replica."""
    signal = RedisSignal(own_redis.url, CHANNEL)
    yield signal
    await signal.close()


async def notified(signal: RedisSignal) -> None:
    """Wait until it was notified; fails if it is not."""
    async with asyncio.timeout(TIMEOUT):
        await signal.wait(LONG)


async def seconds_of(signal: RedisSignal, timeout: float) -> float:
    """Return how long a wait took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await signal.wait(timeout)
    return loop.time() - began


async def test_a_notification_of_another_replica_ends_the_wait(
    here: RedisSignal, there: RedisSignal
) -> None:
    await there.notify()

    await notified(here)


async def test_a_notification_for_others_is_heard_by_them(
    here: RedisSignal, there: RedisSignal
) -> None:
    await there.notify_others()

    await notified(here)


async def test_a_notification_on_another_channel_does_not(
    here: RedisSignal, own_redis: RedisServer
) -> None:
    elsewhere = RedisSignal(own_redis.url, "another")
    await elsewhere.notify()
    await elsewhere.close()

    assert await seconds_of(here, SHORT) >= SHORT * 0.9


async def test_whoever_begins_to_listen_looks_once(there: RedisSignal) -> None:
    await notified(there)

    assert await seconds_of(there, SHORT) >= SHORT * 0.9


async def test_a_connection_that_is_cut_in_mid_wait_is_made_again(
    here: RedisSignal, there: RedisSignal, own_redis: RedisServer
) -> None:
    waiting = asyncio.create_task(here.wait(LONG))
    await asyncio.sleep(0)
    with Redis.from_url(own_redis.url) as admin:
        assert admin.client_kill_filter(_type="pubsub") == 1

    async with asyncio.timeout(TIMEOUT):
        await waiting

    await there.notify()
    await notified(here)


@pytest.mark.parametrize("outage", ("killed", "frozen"))
async def test_without_redis_a_wait_lasts_and_a_notification_raises_nothing(
    here: RedisSignal, there: RedisSignal, own_redis: RedisServer, outage: str
) -> None:
    end, begin_again = {
        "killed": (own_redis.kill, own_redis.start),
        "frozen": (own_redis.freeze, own_redis.thaw),
    }[outage]
    end()

    await there.notify()
    assert await seconds_of(here, SHORT) >= SHORT * 0.9
    await here.notify()
    await notified(here)

    begin_again()
    if outage == "killed":
        # A notification may have been missed meanwhile.
        await notified(here)


async def test_rings_while_redis_hangs_cost_little(
    there: RedisSignal, own_redis: RedisServer
) -> None:
    loop = asyncio.get_running_loop()
    own_redis.freeze()
    await there.notify()

    began = loop.time()
    for _ in range(100):
        await there.notify()

    assert loop.time() - began < SHORT


async def test_a_listener_notices_that_redis_hangs(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chassis.infrastructure.redis.signal.QUIET", SHORT)
    signal = RedisSignal(own_redis.url, CHANNEL)
    await notified(signal)
    await signal.wait(3 * SHORT)
    assert caplog.records == []

    own_redis.freeze()
    while not caplog.records:
        await signal.wait(SHORT)
    assert "does not answer" in vars(caplog.records[0])["reason"]

    own_redis.thaw()
    await notified(signal)
    await signal.close()
