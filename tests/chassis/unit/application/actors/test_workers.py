"""The supervisor of an actor whose steps may be under way at the same time."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from chassis.application.actors import supervisor
from chassis.application.actors.supervisor import MOST_RESTARTS, ActorFailed, supervise
from chassis.application.errors import Unavailable
from tests.unit.support import RecordingMetrics

WORKERS = 3


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_OUTAGE_DELAY", 0.004)
    monkeypatch.setattr(supervisor, "LONGEST_RESTART_DELAY", 0.004)


class Steps:
    """Each step waits at a gate; what it does there is told from outside."""

    name = "test"

    def __init__(self) -> None:
        self.begun = self.ended = self.under_way = self.most = 0
        self.error: Exception | None = None
        self.finds_work = True
        self.open = asyncio.Event()
        self.stopping = asyncio.Event()
        self.metrics = RecordingMetrics()

    async def step(self) -> bool:
        self.begun += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.open.wait()
            # As long as a server takes that is there.
            await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
            self.ended += 1
            return self.finds_work
        finally:
            self.under_way -= 1

    async def rest(self) -> None:
        await asyncio.Event().wait()

    def run(self) -> asyncio.Task[None]:
        return asyncio.create_task(supervise(self, self.metrics, self.stopping, WORKERS))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
def steps() -> Steps:
    return Steps()


async def stop(steps: Steps, running: asyncio.Task[None]) -> None:
    steps.stopping.set()
    async with asyncio.timeout(5):
        await running


async def test_as_many_steps_are_under_way_as_there_are_workers(steps: Steps) -> None:
    running = steps.run()
    await until(lambda: steps.under_way == WORKERS)
    steps.open.set()
    await until(lambda: steps.ended > 10 * WORKERS)
    await stop(steps, running)

    assert steps.most == WORKERS


async def test_a_stop_waits_for_all_of_them_and_begins_no_other(steps: Steps) -> None:
    running = steps.run()
    await until(lambda: steps.under_way == WORKERS)

    steps.stopping.set()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not running.done()
    steps.open.set()
    await stop(steps, running)

    assert (steps.begun, steps.ended) == (WORKERS, WORKERS)


async def test_a_stop_cuts_all_rests_short(steps: Steps) -> None:
    steps.finds_work = False
    steps.open.set()
    running = steps.run()
    await until(lambda: steps.ended == WORKERS)

    await stop(steps, running)


async def test_an_outage_is_told_once_and_tried_by_one_worker(
    steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    running = steps.run()
    await until(lambda: steps.under_way == WORKERS)
    steps.error = Unavailable("away")
    steps.open.set()
    await until(lambda: steps.under_way == 0)

    # All had begun before; from here on one alone tries.
    steps.most = 0
    await until(lambda: steps.begun == WORKERS + 5)
    assert steps.most == 1
    steps.error = None
    await until(lambda: steps.most == WORKERS)
    await stop(steps, running)

    told = [(record.message, getattr(record, "retry_in", None)) for record in caplog.records]
    first, second = ("waiting for a server", 0.001), ("waiting for a server", 0.002)
    assert told == [first, second, ("working again", None)]
    assert steps.metrics.counters == {}


async def test_a_step_that_ends_well_meanwhile_does_not_end_the_outage() -> None:
    class FirstMeetsOutage(Steps):
        tried = 0

        async def step(self) -> bool:
            if self.tried and self.begun < WORKERS - 1:
                return await super().step()
            self.tried += 1
            await asyncio.sleep(0)
            raise Unavailable("away")

    steps = FirstMeetsOutage()
    running = steps.run()
    await until(lambda: steps.under_way == WORKERS - 1)
    steps.open.set()
    await until(lambda: steps.ended == WORKERS - 1)
    tried = steps.tried
    await until(lambda: steps.tried > tried + 3)

    assert steps.begun == WORKERS - 1
    await stop(steps, running)


async def test_a_stop_frees_those_who_wait_for_the_end_of_an_outage(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 60.0)
    steps.error = Unavailable("away")
    steps.open.set()
    running = steps.run()
    await until(lambda: steps.begun == WORKERS and steps.under_way == 0)

    await stop(steps, running)

    assert steps.begun == WORKERS


async def test_failures_of_all_workers_count_together_and_delay_together(
    steps: Steps, caplog: pytest.LogCaptureFixture
) -> None:
    steps.error = RuntimeError("a bug")
    steps.open.set()

    with pytest.raises(ActorFailed, match="test failed 9 times within 60 s: a bug"):
        await steps.run()

    # Other workers may have failed in the same turn of the loop.
    more = steps.metrics.counters["actor_restarts:test"] - MOST_RESTARTS
    assert 1 <= more <= WORKERS
    delays = [getattr(record, "retry_in", None) for record in caplog.records]
    assert delays == [0.001, 0.002, *[0.004] * (MOST_RESTARTS - 2)]


async def test_one_worker_that_fails_too_often_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    class OneFails(Steps):
        async def step(self) -> bool:
            if self.under_way == WORKERS - 1:
                raise RuntimeError("a bug")
            return await super().step()

    steps = OneFails()
    with pytest.raises(ActorFailed):
        await steps.run()

    assert (steps.under_way, steps.ended) == (0, 0)


async def test_all_have_tidied_up_when_one_has_ended_them() -> None:
    tidied = 0

    class OneFails(Steps):
        async def step(self) -> bool:
            nonlocal tidied
            if self.under_way == WORKERS - 1:
                raise RuntimeError("a bug")
            try:
                return await super().step()
            finally:
                for _ in range(5):
                    await asyncio.sleep(0)
                tidied += 1

    with pytest.raises(ActorFailed):
        await OneFails().run()

    assert tidied == WORKERS - 1


@pytest.mark.parametrize("from_outside", (True, False))
async def test_cancelling_ends_all(steps: Steps, from_outside: bool) -> None:
    running = steps.run()
    await until(lambda: steps.under_way == WORKERS)

    if from_outside:
        running.cancel()
    else:
        steps.error = asyncio.CancelledError()  # type: ignore[assignment]  # no `Exception`
        steps.open.set()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert (steps.under_way, steps.ended) == (0, 0)
