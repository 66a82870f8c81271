"""The port `RateLimit`."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from chassis.application.ports.rate_limit import RateLimit
from chassis.infrastructure.memory.rate_limit import MemoryRateLimit
from chassis.infrastructure.redis.rate_limit import RedisRateLimit

RATE = 20.0
BURST = 5


def memory(_: pytest.FixtureRequest) -> RateLimit:
    return MemoryRateLimit(RATE, BURST)


def redis(request: pytest.FixtureRequest) -> RateLimit:
    url, name = (request.getfixturevalue(each) for each in ("cache_url", "unique_name"))
    return RedisRateLimit(url, RATE, BURST, f"{name}:", MemoryRateLimit(RATE, BURST))


LIMITS: dict[str, Callable[[pytest.FixtureRequest], RateLimit]] = {
    "memory": memory,
    "redis": redis,
}


@pytest.fixture(params=sorted(LIMITS))
async def limit(request: pytest.FixtureRequest) -> AsyncIterator[RateLimit]:
    made = LIMITS[request.param](request)
    yield made
    await made.close()


async def test_so_many_go_through_at_once_and_then_no_more(limit: RateLimit) -> None:
    waits = [await limit.take("ada") for _ in range(BURST)]
    assert waits == [0.0] * BURST
    # Less than a whole turn: some of it has passed meanwhile.
    assert 0 < await limit.take("ada") <= 1 / RATE


async def test_whoever_waits_as_long_as_told_goes_through(limit: RateLimit) -> None:
    while not (wait := await limit.take("ada")):
        pass

    await asyncio.sleep(wait + 0.01)

    assert await limit.take("ada") == 0


async def test_one_caller_does_not_use_up_anothers(limit: RateLimit) -> None:
    while not await limit.take("ada"):
        pass
    assert await limit.take("bob") == 0


async def test_over_time_it_is_the_rate_and_the_burst(limit: RateLimit) -> None:
    began = time.monotonic()
    through = 0
    while (passed := time.monotonic() - began) < 0.5:
        through += await limit.take("ada") == 0
        await asyncio.sleep(0.001)

    # However slow the machine is, never more.
    assert 1 <= through <= BURST + RATE * passed + 1
