"""Promises of the signal in one process beyond the contract: a notification wakes one waiter, not
all.
"""

import asyncio

from chassis.application.actors.memory_signal import MemorySignal
from tests.chassis.unit.virtual_time import in_virtual_time

LONG = 60.0


async def waiters(signal: MemorySignal, count: int) -> list[asyncio.Task[None]]:
    waiting = [asyncio.create_task(signal.wait(LONG)) for _ in range(count)]
    await asyncio.sleep(0)
    return waiting


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_notification_wakes_the_one_that_has_waited_longest() -> None:
    signal = MemorySignal()
    waiting = await waiters(signal, 3)
    for woken in range(1, 4):
        await signal.notify()
        await turns()
        assert [each.done() for each in waiting] == [number < woken for number in range(3)]


async def test_one_that_is_cancelled_as_it_is_woken_leaves_the_notification_to_the_next() -> None:
    signal = MemorySignal()
    first, second = await waiters(signal, 2)
    await signal.notify()
    first.cancel()
    await turns()

    assert first.cancelled()
    assert second.done()


async def test_one_that_gives_up_its_place_holds_up_nobody() -> None:
    signal = MemorySignal()
    first, second, third = await waiters(signal, 3)
    first.cancel()
    second.cancel()
    await turns()
    await signal.notify()
    await turns()

    assert third.done()


@in_virtual_time
async def test_a_wait_ends_at_its_timeout_also_behind_another() -> None:
    signal, loop = MemorySignal(), asyncio.get_running_loop()
    first, *_ = await waiters(signal, 1)
    began = loop.time()

    await signal.wait(5)

    assert loop.time() - began == 5
    assert not first.done()
    await first
    assert loop.time() - began == LONG
