import asyncio

from chassis.application.access.refusals import MOST, SELDOM, Refusals
from tests.unit.support import ManualTime


class Sleeps:
    """Keeps how long was slept, and ends it when it is told to."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(round(seconds, 6))
        await self.over.wait()


async def slept(rate: float, *callers: str) -> list[float]:
    """Return how long each refusal waits, all of them asked for at once."""
    sleeps = Sleeps()
    refusals = Refusals(rate, ManualTime().monotonic, sleeps)
    tasks = [asyncio.create_task(refusals.wait(caller)) for caller in callers]
    await asyncio.sleep(0)
    assert len(refusals) == len({*callers})
    sleeps.over.set()
    await asyncio.gather(*tasks)
    # Nothing is kept.
    assert len(refusals) == 0
    return sleeps.asked


async def test_they_come_a_tenth_as_often_as_a_caller_may_ask() -> None:
    assert await slept(500, "a", "a", "a") == [0.02, 0.04, 0.06]


async def test_each_caller_waits_for_itself() -> None:
    assert await slept(500, "a", "b", "a", "b") == [0.02, 0.02, 0.04, 0.04]


async def test_who_may_ask_seldom_hears_of_it_sooner() -> None:
    assert await slept(0.1, "a", "a") == [SELDOM, 2 * SELDOM]


async def test_none_waits_too_long() -> None:
    assert max(await slept(0.1, *(["a"] * 100))) == MOST


async def test_who_leaves_waits_no_more() -> None:
    refusals = Refusals(0.1)
    waiting = asyncio.create_task(refusals.wait("a"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert len(refusals) == 0
