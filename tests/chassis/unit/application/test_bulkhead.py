import asyncio

import pytest

from chassis.application.bulkhead import Bulkhead
from chassis.application.errors import Busy


async def test_each_key_has_its_own_places_and_none_is_kept() -> None:
    bulkhead = Bulkhead(1)
    begun: list[str] = []
    go = asyncio.Event()

    async def work(key: str) -> None:
        async with bulkhead.place(key):
            begun.append(key)
            await go.wait()

    tasks = [asyncio.create_task(work(key)) for key in ("a", "a", "b")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert begun == ["a", "b"]

    go.set()
    await asyncio.gather(*tasks)
    assert begun == ["a", "b", "a"]
    assert len(bulkhead) == 0


async def test_a_caller_that_leaves_while_it_waits_takes_no_place() -> None:
    bulkhead = Bulkhead(1)

    async def work() -> None:
        async with bulkhead.place("a"):
            pass

    async with bulkhead.place("a"):
        waiting = asyncio.create_task(work())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await work()

    assert len(bulkhead) == 0


async def test_the_place_of_a_cancelled_caller_stays_taken_for_the_pause() -> None:
    bulkhead = Bulkhead(1, pause=0.1)
    begun: list[str] = []

    async def work(name: str) -> None:
        async with bulkhead.place("a"):
            begun.append(name)
            if name == "first":
                await asyncio.Event().wait()

    first, second, third = (
        asyncio.create_task(work(name)) for name in ("first", "second", "third")
    )
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    await asyncio.sleep(0.01)
    second.cancel()
    await third

    assert begun == ["first", "third"]
    assert len(bulkhead) == 0


async def test_a_caller_waits_for_its_patience_and_leaves_the_places_as_they_were() -> None:
    bulkhead = Bulkhead(1, timeout=0.01)

    async with bulkhead.place():
        with pytest.raises(Busy, match=r"within 0\.01 s") as caught:
            async with bulkhead.place():
                raise AssertionError("two are inside")
    async with bulkhead.place():
        pass

    assert caught.value.retry_after == 1
    assert len(bulkhead) == 0
