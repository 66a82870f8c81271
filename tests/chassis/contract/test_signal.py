"""The port `Signal`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from chassis.application.actors.memory_signal import MemorySignal
from chassis.application.ports.signal import Signal
from chassis.infrastructure.redis.signal import RedisSignal

SHORT = 0.02
# A wait must not end by itself before the test does.
TIMEOUT = 10.0
LONG = 100 * TIMEOUT


@asynccontextmanager
async def memory(_: pytest.FixtureRequest) -> AsyncIterator[Signal]:
    signal = MemorySignal()
    yield signal
    await signal.close()


@asynccontextmanager
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Signal]:
    signal = RedisSignal(
        request.getfixturevalue("cache_url"), request.getfixturevalue("unique_name")
    )
    # The first wait ends where it can hear others, since it may have missed a notification before.
    await notified(signal)
    yield signal
    await signal.close()


type Adapter = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Signal]]

WAKES: dict[str, Adapter] = {"memory": memory, "redis": redis}


@pytest.fixture(params=sorted(WAKES))
async def signal(request: pytest.FixtureRequest) -> AsyncIterator[Signal]:
    async with WAKES[request.param](request) as opened:
        yield opened


async def notified(signal: Signal) -> None:
    """Wait until it was notified; fails if it is not."""
    async with asyncio.timeout(TIMEOUT):
        await signal.wait(LONG)


async def ended(waiting: asyncio.Task[None]) -> None:
    """Wait for the end of a wait; fails if no notification came."""
    async with asyncio.timeout(TIMEOUT):
        await waiting


async def seconds_of(signal: Signal, timeout: float) -> float:
    """Return how long a wait took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await signal.wait(timeout)
    return loop.time() - began


async def test_a_wait_ends_by_itself(signal: Signal) -> None:
    # Timers of the loop may be a clock tick early.
    assert SHORT * 0.9 <= await seconds_of(signal, SHORT) < LONG


async def test_a_notification_ends_the_wait(signal: Signal) -> None:
    waiting = asyncio.create_task(signal.wait(LONG))
    await asyncio.sleep(0)
    assert not waiting.done()

    await signal.notify()

    await ended(waiting)


async def test_a_notification_for_others_ends_no_wait_here(signal: Signal) -> None:
    await signal.notify_others()

    assert await seconds_of(signal, SHORT) >= SHORT * 0.9


async def test_a_notification_before_the_wait_is_not_missed(signal: Signal) -> None:
    await signal.notify()

    await notified(signal)


async def test_many_rings_are_one(signal: Signal) -> None:
    for _ in range(3):
        await signal.notify()
    await notified(signal)

    assert await seconds_of(signal, SHORT) >= SHORT * 0.9


async def test_a_wait_that_is_cancelled_takes_no_later_notification_with_it(signal: Signal) -> None:
    waiting = asyncio.create_task(signal.wait(LONG))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await signal.notify()

    await notified(signal)


async def test_each_notification_ends_a_wait_of_its_own(signal: Signal) -> None:
    for _ in range(3):
        waiting = asyncio.create_task(signal.wait(LONG))
        await asyncio.sleep(0)
        await signal.notify()
        await ended(waiting)


async def test_of_several_that_wait_a_notification_wakes_one_and_keeps_the_others_able_to_hear(
    signal: Signal,
) -> None:
    waiting = {asyncio.create_task(signal.wait(LONG)) for _ in range(3)}
    await asyncio.sleep(0)
    async with asyncio.timeout(TIMEOUT):
        while waiting:
            await signal.notify()
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


async def test_each_of_several_waits_ends_by_itself(signal: Signal) -> None:
    seconds = await asyncio.gather(*(seconds_of(signal, SHORT) for _ in range(3)))

    assert all(SHORT * 0.9 <= each < LONG for each in seconds)
