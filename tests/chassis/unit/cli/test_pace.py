"""The pace of what a command does many times."""

import asyncio

from chassis.cli.pace import Pace


async def elapsed(pace: Pace, steps: int) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    for _ in range(steps):
        await pace.next()
    return loop.time() - start


async def test_steps_keep_their_distance() -> None:
    assert await elapsed(Pace(100), 6) >= 0.05 * 0.99


async def test_time_that_was_not_used_is_not_made_up_for() -> None:
    pace = Pace(100)
    await pace.next()
    await asyncio.sleep(0.05)
    assert await elapsed(pace, 4) >= 0.03 * 0.99


async def test_without_a_rate_nothing_waits() -> None:
    assert await elapsed(Pace(None), 1000) < 1.0
