"""Promises of the wake-ups in one process beyond the contract: a notification wakes one waiter, not
all.
"""

import asyncio

from chassis.infrastructure.memory.wake import MemoryWake

LONG = 60.0


async def waiters(wake: MemoryWake, count: int) -> list[asyncio.Task[None]]:
    waiting = [asyncio.create_task(wake.wait(LONG)) for _ in range(count)]
    await asyncio.sleep(0)
    return waiting


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_ring_wakes_the_one_that_has_waited_longest() -> None:
    wake = MemoryWake()
    waiting = await waiters(wake, 3)
    for woken in range(1, 4):
        await wake.ring()
        await turns()
        assert [each.done() for each in waiting] == [number < woken for number in range(3)]


async def test_one_that_is_cancelled_as_it_is_woken_leaves_the_ring_to_the_next() -> None:
    wake = MemoryWake()
    first, second = await waiters(wake, 2)
    await wake.ring()
    first.cancel()
    await turns()

    assert first.cancelled()
    assert second.done()


async def test_one_that_gives_up_its_place_holds_up_nobody() -> None:
    wake = MemoryWake()
    first, second, third = await waiters(wake, 3)
    first.cancel()
    second.cancel()
    await turns()
    await wake.ring()
    await turns()

    assert third.done()
