"""The port `Wake`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from chassis.application.ports.wake import Wake
from chassis.infrastructure.memory.wake import MemoryWake
from chassis.infrastructure.redis.wake import RedisWake

SHORT = 0.02
# A wait must not end by itself before the test does.
PATIENCE = 10.0
LONG = 100 * PATIENCE


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Wake]:
    wake = MemoryWake()
    yield wake
    await wake.close()


@asynccontextmanager
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Wake]:
    wake = RedisWake(request.getfixturevalue("cache_url"), request.getfixturevalue("unique_name"))
    # The first wait ends where it can hear others, since it may have missed a ring before.
    await rung(wake)
    yield wake
    await wake.close()


type Adapter = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Wake]]

WAKES: dict[str, Adapter] = {"memory": memory, "redis": redis}


@pytest.fixture(params=sorted(WAKES))
async def wake(request: pytest.FixtureRequest) -> AsyncIterator[Wake]:
    async with WAKES[request.param](request) as opened:
        yield opened


async def rung(wake: Wake) -> None:
    """Wait until it was notified; fails if it is not."""
    async with asyncio.timeout(PATIENCE):
        await wake.wait(LONG)


async def ended(waiting: asyncio.Task[None]) -> None:
    """Wait for the end of a wait; fails if no notification came."""
    async with asyncio.timeout(PATIENCE):
        await waiting


async def seconds_of(wake: Wake, timeout: float) -> float:
    """Return how long a wait took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await wake.wait(timeout)
    return loop.time() - began


async def test_a_wait_ends_by_itself(wake: Wake) -> None:
    # Timers of the loop may be a clock tick early.
    assert SHORT * 0.9 <= await seconds_of(wake, SHORT) < LONG


async def test_a_ring_ends_the_wait(wake: Wake) -> None:
    waiting = asyncio.create_task(wake.wait(LONG))
    await asyncio.sleep(0)
    assert not waiting.done()

    await wake.ring()

    await ended(waiting)


async def test_a_ring_for_others_ends_no_wait_here(wake: Wake) -> None:
    await wake.ring_others()

    assert await seconds_of(wake, SHORT) >= SHORT * 0.9


async def test_a_ring_before_the_wait_is_not_missed(wake: Wake) -> None:
    await wake.ring()

    await rung(wake)


async def test_many_rings_are_one(wake: Wake) -> None:
    for _ in range(3):
        await wake.ring()
    await rung(wake)

    assert await seconds_of(wake, SHORT) >= SHORT * 0.9


async def test_a_wait_that_is_cancelled_takes_no_later_ring_with_it(wake: Wake) -> None:
    waiting = asyncio.create_task(wake.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await wake.ring()

    await rung(wake)


async def test_each_ring_ends_a_wait_of_its_own(wake: Wake) -> None:
    for _ in range(3):
        waiting = asyncio.create_task(wake.wait(LONG))
        await asyncio.sleep(0)
        await wake.ring()
        await ended(waiting)


async def test_of_several_that_wait_a_ring_wakes_one_and_keeps_the_others_able_to_hear(
    wake: Wake,
) -> None:
    waiting = {asyncio.create_task(wake.wait(LONG)) for _ in range(3)}
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        while waiting:
            await wake.ring()
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


async def test_each_of_several_waits_ends_by_itself(wake: Wake) -> None:
    seconds = await asyncio.gather(*(seconds_of(wake, SHORT) for _ in range(3)))

    assert all(SHORT * 0.9 <= each < LONG for each in seconds)
