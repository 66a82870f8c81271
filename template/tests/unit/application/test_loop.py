import asyncio
import logging

import pytest

from app.application import loop
from app.application.errors import Unavailable
from app.application.loop import run_loop, until


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    monkeypatch.setattr(loop, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(loop, "LONGEST_DELAY", 0.004)
    return asyncio.Event()


class Steps:
    """Does what it is told to, one thing for each step, and then stops the loop."""

    def __init__(self, stopping: asyncio.Event, *results: bool | Exception) -> None:
        self.done: list[str] = []
        self._stopping = stopping
        self._results = list(results)

    async def step(self) -> bool:
        self.done.append("step")
        result = self._results.pop(0)
        if not self._results:
            self._stopping.set()
        if isinstance(result, Exception):
            raise result
        return result

    async def idle(self) -> None:
        self.done.append("idle")


async def test_it_steps_while_there_is_work_and_idles_while_there_is_none(
    stopping: asyncio.Event,
) -> None:
    steps = Steps(stopping, True, False, True, True, False, True)

    await run_loop("test", steps.step, steps.idle, stopping)

    assert steps.done == ["step", "step", "idle", "step", "step", "step", "idle", "step"]


async def test_it_does_not_begin_once_it_is_to_stop(stopping: asyncio.Event) -> None:
    stopping.set()
    steps = Steps(stopping, True)

    await run_loop("test", steps.step, steps.idle, stopping)

    assert steps.done == []


async def test_stopping_cuts_an_idle_loop_short(stopping: asyncio.Event) -> None:
    steps = Steps(stopping, False, True)
    running = asyncio.create_task(run_loop("test", steps.step, lambda: asyncio.sleep(60), stopping))
    await asyncio.sleep(0)

    stopping.set()

    async with asyncio.timeout(1):
        await running


async def test_a_step_under_way_is_finished(stopping: asyncio.Event) -> None:
    finished = False

    async def step() -> bool:
        nonlocal finished
        stopping.set()
        await asyncio.sleep(0.001)
        finished = True
        return True

    await run_loop("test", step, Steps(stopping).idle, stopping)

    assert finished


async def test_it_outlives_failures_with_a_growing_delay_that_success_forgets(
    stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    bug, away = RuntimeError("a bug"), Unavailable("away")
    steps = Steps(stopping, bug, away, away, away, True, bug, True)

    await run_loop("test", steps.step, steps.idle, stopping)

    delays = [getattr(record, "retry_in", None) for record in caplog.records]
    assert delays == [0.001, 0.002, 0.004, 0.004, 0.001]
    assert [getattr(record, "error", None) for record in caplog.records][:2] == ["a bug", "away"]


async def test_only_an_unexpected_failure_is_logged_with_its_traceback(
    stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    steps = Steps(stopping, RuntimeError("a bug"), Unavailable("away"), True)

    await run_loop("test", steps.step, steps.idle, stopping)

    assert [bool(record.exc_info) for record in caplog.records] == [True, False]


async def test_stopping_cuts_the_delay_short(
    stopping: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "FIRST_DELAY", 60.0)
    steps = Steps(stopping, RuntimeError("a bug"))

    async with asyncio.timeout(1):
        await run_loop("test", steps.step, steps.idle, stopping)


async def test_cancelling_ends_it(stopping: asyncio.Event) -> None:
    async def step() -> bool:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run_loop("test", step, Steps(stopping).idle, stopping)


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
    await asyncio.sleep(0)

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
    await asyncio.sleep(0)
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

    assert asyncio.all_tasks() == before
