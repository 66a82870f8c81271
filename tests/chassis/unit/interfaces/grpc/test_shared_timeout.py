import asyncio

import pytest

from chassis.interfaces.grpc.shared_timeout import SharedTimeout


async def answer(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "answer"


async def test_what_comes_in_time_is_returned() -> None:
    timeout = SharedTimeout(5)

    assert await timeout.limit(answer(0.01)) == "answer"
    assert len(timeout) == 0


async def test_each_waits_for_as_long_as_any_other() -> None:
    timeout, loop = SharedTimeout(0.2), asyncio.get_running_loop()

    async def wait(later: float) -> float:
        await asyncio.sleep(later)
        begun = loop.time()
        with pytest.raises(TimeoutError):
            await timeout.limit(asyncio.Event().wait())
        return loop.time() - begun

    waited = await asyncio.gather(*(wait(later) for later in (0, 0.1, 0.3, 0.6)))

    assert all(0.2 <= seconds < 1 for seconds in waited)
    assert len(timeout) == 0


async def test_those_in_time_leave_the_others_theirs() -> None:
    timeout = SharedTimeout(0.2)
    late = asyncio.create_task(timeout.limit(asyncio.Event().wait()))

    for _ in range(5):
        await timeout.limit(answer(0.02))
    with pytest.raises(TimeoutError):
        await late


async def test_an_error_of_ones_own_is_passed_on() -> None:
    async def fail() -> None:
        raise ValueError("its own")

    timeout = SharedTimeout(5)
    with pytest.raises(ValueError, match="its own"):
        await timeout.limit(fail())

    assert len(timeout) == 0


async def test_a_caller_that_is_cancelled_is_not_told_of_a_timeout() -> None:
    timeout = SharedTimeout(5)
    task = asyncio.create_task(timeout.limit(asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(timeout) == 0


async def test_a_cancellation_wins_over_the_end_of_the_wait() -> None:
    timeout = SharedTimeout(0.01)

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            # A cancellation of the task takes effect while it is being cut short.
            task.cancel()

    task = asyncio.create_task(timeout.limit(wait()))

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_task_goes_on_after_its_timeout() -> None:
    timeout = SharedTimeout(0.01)

    async def twice() -> str:
        with pytest.raises(TimeoutError):
            await timeout.limit(asyncio.Event().wait())
        return await timeout.limit(answer(0))

    assert await asyncio.create_task(twice()) == "answer"
