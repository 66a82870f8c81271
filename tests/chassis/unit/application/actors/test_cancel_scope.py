import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from chassis.application.actors.cancel_scope import CancelScope


@pytest.fixture
def stopping() -> asyncio.Event:
    return asyncio.Event()


async def until[Result](
    stopping: asyncio.Event, work: Coroutine[Any, Any, Result]
) -> Result | None:
    async with CancelScope(stopping) as scope:
        return await scope.until_stopped(work)


async def test_until_returns_what_the_work_returns(stopping: asyncio.Event) -> None:
    assert await until(stopping, asyncio.sleep(0, "done")) == "done"


async def test_until_raises_what_the_work_raises(stopping: asyncio.Event) -> None:
    async def fail() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await until(stopping, fail())


async def test_until_cancels_the_work_once_it_is_to_stop(stopping: asyncio.Event) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    waiting = asyncio.create_task(until(stopping, queue.get()))
    await asyncio.sleep(0.01)

    stopping.set()

    assert await waiting is None
    queue.put_nowait(1)
    assert queue.get_nowait() == 1


async def test_until_waits_for_the_cancelled_work_to_tidy_up(stopping: asyncio.Event) -> None:
    tidied = False

    async def work() -> None:
        nonlocal tidied
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            tidied = True

    waiting = asyncio.create_task(until(stopping, work()))
    await asyncio.sleep(0.01)
    stopping.set()
    await waiting

    assert tidied


@pytest.mark.parametrize("order", ("stop first", "work first"))
async def test_until_loses_nothing_when_both_happen_at_once(
    stopping: asyncio.Event, order: str
) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    waiting = asyncio.create_task(until(stopping, queue.get()))
    for _ in range(3):
        await asyncio.sleep(0)

    if order == "stop first":
        stopping.set()
        queue.put_nowait(1)
    else:
        queue.put_nowait(1)
        stopping.set()

    received = await waiting
    assert (received, queue.qsize()) in ((1, 0), (None, 1))


async def test_until_leaves_no_task_behind_when_it_is_cancelled(stopping: asyncio.Event) -> None:
    before = asyncio.all_tasks()
    waiting = asyncio.create_task(until(stopping, asyncio.sleep(60)))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert waiting.cancelled()
    assert asyncio.all_tasks() == before


async def test_no_task_is_left_where_nothing_was_waited_for(stopping: asyncio.Event) -> None:
    before = asyncio.all_tasks()

    async with CancelScope(stopping):
        pass

    assert asyncio.all_tasks() == before


async def test_nothing_is_begun_after_the_stop(stopping: asyncio.Event) -> None:
    stopping.set()

    assert await until(stopping, asyncio.sleep(0, "begun")) is None


async def test_work_goes_on_after_a_stop_that_came_between_two_waits(
    stopping: asyncio.Event,
) -> None:
    async with CancelScope(stopping) as scope:
        await scope.until_stopped(asyncio.sleep(0))
        stopping.set()
        await asyncio.sleep(0.01)

        assert await asyncio.sleep(0, "not interrupted") == "not interrupted"


async def test_whoever_cancels_at_the_time_of_the_stop_is_obeyed(stopping: asyncio.Event) -> None:
    waiting = asyncio.create_task(until(stopping, asyncio.sleep(60)))
    await asyncio.sleep(0.01)

    stopping.set()
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_error_at_the_time_of_the_stop_is_told(stopping: asyncio.Event) -> None:
    async def fail() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise RuntimeError("a bug")

    async def both() -> str:
        with pytest.raises(RuntimeError, match="a bug"):
            await until(stopping, fail())
        return await asyncio.sleep(0, "went on")

    waiting = asyncio.create_task(both())
    await asyncio.sleep(0.01)
    stopping.set()

    assert await waiting == "went on"
