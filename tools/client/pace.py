"""A steady pace, kept whatever the answers take."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable


async def pace(
    rate: float, seconds: float, stopping: asyncio.Event | None = None
) -> AsyncIterator[tuple[int, int]]:
    """Yield the number of each beat and when it was due (`time.monotonic_ns`).

    It ends after `seconds`, or at the first beat once `stopping` is set.
    A beat that comes late keeps its due time: what is measured from there has the delay in it.
    """
    began = time.monotonic_ns()
    step = 1_000_000_000 / rate
    for number in range(int(rate * seconds)):
        due = began + int(number * step)
        ahead = due - time.monotonic_ns()
        if ahead > 0:
            await asyncio.sleep(ahead / 1_000_000_000)
        if stopping and stopping.is_set():
            return
        yield number, due


async def at_pace(
    rate: float,
    seconds: float,
    send: Callable[[int, int], Awaitable[None]],
    stopping: asyncio.Event | None = None,
    at_once: int = 1000,
) -> None:
    """Call `send` with each beat, without waiting for the calls before it.

    No more than `at_once` are under way. An error in one of them is raised.
    """
    room = asyncio.Semaphore(at_once)

    async def one(number: int, due: int) -> None:
        try:
            await send(number, due)
        finally:
            room.release()

    async with asyncio.TaskGroup() as group:
        async for number, due in pace(rate, seconds, stopping):
            await room.acquire()
            group.create_task(one(number, due))
