import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from chassis.application.errors import Busy, Unavailable
from chassis.application.ports.executor import Executor
from chassis.infrastructure.executors import places
from chassis.infrastructure.executors.processes import NICENESS, ProcessExecutor
from chassis.infrastructure.executors.threads import SWITCH_INTERVAL, ThreadExecutor
from tests.chassis.unit.infrastructure import executor_work as work
from tests.unit.support import RecordingMetrics

KINDS: dict[str, Callable[[int, RecordingMetrics], Executor]] = {
    "threads": ThreadExecutor,
    "processes": ProcessExecutor,
}


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture(params=sorted(KINDS))
async def executor(
    request: pytest.FixtureRequest, metrics: RecordingMetrics
) -> AsyncIterator[Executor]:
    """An executor with room for two."""
    made = KINDS[request.param](2, metrics)
    yield made
    await made.close()


async def test_it_returns_the_result(executor: Executor) -> None:
    assert await executor.run(work.add, 1, second=2) == 3


async def test_it_raises_the_error(executor: Executor) -> None:
    with pytest.raises(KeyError, match="a bug"):
        await executor.run(work.fail)
    assert await executor.run(work.add, 1, second=2) == 3


async def test_the_event_loop_goes_on(executor: Executor) -> None:
    running = asyncio.create_task(executor.run(work.sleep, 0.5))
    turns = 0
    while not running.done():
        await asyncio.sleep(0.001)
        turns += 1
    # Work in the event loop itself would leave one.
    assert turns > 2


async def test_a_limited_number_runs_at_once(
    executor: Executor, metrics: RecordingMetrics, tmp_path: Path
) -> None:
    file = str(tmp_path / "times")
    calls = [asyncio.create_task(executor.run(work.stamp, file, 0.05)) for _ in range(5)]
    await asyncio.sleep(0.001)
    name = "threads" if isinstance(executor, ThreadExecutor) else "processes"
    assert metrics.gauges[f"executor_running:{name}"] == 2
    assert metrics.gauges[f"executor_waiting:{name}"] == 3
    await asyncio.gather(*calls)

    times = work.stamps(file)
    assert len(times) == 5
    for began, _ in times:
        assert sum(first <= began < last for first, last in times) <= 2
    assert metrics.gauges[f"executor_running:{name}"] == 0


async def test_a_caller_does_not_wait_for_ever(
    executor: Executor, monkeypatch: pytest.MonkeyPatch, metrics: RecordingMetrics
) -> None:
    monkeypatch.setattr(places, "TIMEOUT", 0.01)
    full = type(executor)(1, metrics)  # type: ignore[call-arg]  # both kinds take these
    running = asyncio.create_task(full.run(work.sleep, 1))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match=r"no place became free within 0\.01 s"):
        await full.run(work.add, 1, second=2)
    await running
    await full.close()


async def test_a_thread_sees_the_context_of_the_task(metrics: RecordingMetrics) -> None:
    threads = ThreadExecutor(1, metrics)
    work.ASKER.set("ada")
    assert await threads.run(work.asker) == "ada"
    await threads.close()


@pytest.fixture(params=("terminal", "background"))
def started_from(request: pytest.FixtureRequest) -> Iterator[None]:
    """A service that a shell has started in the background ignores Ctrl-C itself."""
    before = signal.getsignal(signal.SIGINT)
    in_terminal = request.param == "terminal"
    signal.signal(signal.SIGINT, signal.default_int_handler if in_terminal else signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("started_from")
async def test_a_process_is_another_one_that_yields_and_ignores_ctrl_c(
    metrics: RecordingMetrics,
) -> None:
    processes = ProcessExecutor(1, metrics)
    here = os.nice(0)
    there, niceness, ignores = await processes.run(work.process)
    assert there != os.getpid()
    assert niceness == min(19, here + NICENESS)
    assert ignores
    # It is kept for the next call, and is not lowered a second time.
    assert await processes.run(work.process) == (there, niceness, True)


async def test_threads_leave_turns_to_the_event_loop_soon(metrics: RecordingMetrics) -> None:
    before = sys.getswitchinterval()
    threads = ThreadExecutor(1, metrics)
    try:
        assert await threads.run(sys.getswitchinterval) == pytest.approx(SWITCH_INTERVAL)
    finally:
        sys.setswitchinterval(before)
        await threads.close()


async def test_a_process_that_dies_is_a_typed_error_and_is_replaced(
    metrics: RecordingMetrics,
) -> None:
    processes = ProcessExecutor(1, metrics)
    with pytest.raises(Unavailable, match="a process of the service has died under its work"):
        await processes.run(work.die)
    assert await processes.run(work.add, 1, second=2) == 3


async def test_work_that_ends_its_process_does_not_end_the_service(
    metrics: RecordingMetrics,
) -> None:
    processes = ProcessExecutor(1, metrics)
    with pytest.raises(RuntimeError, match="the work ended its process: SystemExit"):
        await processes.run(work.leave)


async def test_a_cancelled_call_ends_its_process(metrics: RecordingMetrics) -> None:
    processes = ProcessExecutor(1, metrics)
    there, *_ = await processes.run(work.process)
    running = asyncio.create_task(processes.run(work.sleep, 60))
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with asyncio.timeout(30):
        other, *_ = await processes.run(work.process)
    assert other != there
