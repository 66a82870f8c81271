import asyncio
import logging
import random
from collections.abc import Callable

import pytest

from chassis.application.actors import supervisor
from chassis.application.actors.supervisor import MOST_RESTARTS, ActorFailed, supervise
from chassis.application.errors import Unavailable
from tests.unit.support import RecordingMetrics, lines

type Result = bool | Exception


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_OUTAGE_DELAY", 0.004)
    monkeypatch.setattr(supervisor, "LONGEST_RESTART_DELAY", 0.004)
    return asyncio.Event()


class Steps:
    """Does what it is told to, one thing for each step, and then stops the supervisor."""

    name = "test"

    def __init__(self, stopping: asyncio.Event, *results: Result, rest: float = 0) -> None:
        self.done: list[str] = []
        self.metrics = RecordingMetrics()
        self._stopping = stopping
        self._results = list(results)
        self._rest = rest

    async def step(self) -> bool:
        self.done.append("step")
        result = self._results.pop(0)
        if not self._results:
            self._stopping.set()
        if isinstance(result, Exception):
            raise result
        return result

    async def rest(self) -> None:
        self.done.append("rest")
        await asyncio.sleep(self._rest)

    async def run(self) -> None:
        await supervise(self, self.metrics, self._stopping)


async def test_it_steps_while_there_is_work_and_rests_while_there_is_none(
    stopping: asyncio.Event,
) -> None:
    steps = Steps(stopping, True, False, True, True, False, True)

    await steps.run()

    assert steps.done == ["step", "step", "rest", "step", "step", "step", "rest", "step"]


async def test_it_does_not_begin_once_it_is_to_stop(stopping: asyncio.Event) -> None:
    stopping.set()
    steps = Steps(stopping, True)

    await steps.run()

    assert steps.done == []


async def test_stopping_cuts_a_rest_short(stopping: asyncio.Event) -> None:
    steps = Steps(stopping, False, True, rest=60)
    running = asyncio.create_task(steps.run())
    await asyncio.sleep(0.01)

    stopping.set()

    async with asyncio.timeout(1):
        await running


async def test_a_step_under_way_is_finished(stopping: asyncio.Event) -> None:
    class Slow(Steps):
        finished = False

        async def step(self) -> bool:
            stopping.set()
            await asyncio.sleep(0.001)
            self.finished = True
            return True

    steps = Slow(stopping)
    await steps.run()

    assert steps.finished


async def test_one_step_is_under_way_at_a_time_where_nothing_else_is_said(
    stopping: asyncio.Event,
) -> None:
    class Slow(Steps):
        under_way = most = 0

        async def step(self) -> bool:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(0)
            self.under_way -= 1
            return await super().step()

    steps = Slow(stopping, True, True, True)
    await steps.run()

    assert (steps.most, len(steps.done)) == (1, 3)


async def test_an_outage_is_waited_out_with_a_growing_delay_and_is_no_restart(
    stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    away = Unavailable("away")
    many = [away] * (5 * MOST_RESTARTS)
    steps = Steps(stopping, *many, True, away, True)

    await steps.run()

    assert steps.metrics.counters == {}
    told = [(record.message, getattr(record, "retry_in", None)) for record in caplog.records]
    # Logged while its delay grows, and at its end; the delay starts again with the next one.
    first, second = ("waiting for a server", 0.001), ("waiting for a server", 0.002)
    assert told == [first, second, ("working again", None), first, ("working again", None)]


@pytest.mark.parametrize(("drawn", "factor"), ((min, 0.8), (max, 1.2)))
async def test_replicas_that_wait_for_a_server_drift_apart(
    stopping: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
    waits: list[float],
    drawn: Callable[[tuple[float, ...]], float],
    factor: float,
) -> None:
    monkeypatch.setattr(random, "uniform", lambda *ends: drawn(ends))

    await Steps(stopping, Unavailable("away"), Unavailable("away"), True).run()

    assert waits == [0.001 * factor, 0.002 * factor]


@pytest.mark.usefixtures("waits")
async def test_the_end_of_an_outage_tells_how_long_it_was(
    stopping: asyncio.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 100.0

    class Turning(Steps):
        async def step(self) -> bool:
            nonlocal now
            now += 7.26
            return await super().step()

    caplog.set_level(logging.INFO)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)

    await Turning(stopping, Unavailable("away"), True).run()

    [line] = lines(caplog, "working again")
    assert (line["actor"], line["after"]) == ("test", 7.3)


async def test_an_outage_goes_on_while_steps_find_nothing_and_rests_fail(
    stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    class Resting(Steps):
        async def rest(self) -> None:
            raise Unavailable("away")

    await Resting(stopping, *[False] * 5, True).run()

    assert [getattr(record, "retry_in", None) for record in caplog.records] == [0.001, 0.002]


async def test_a_failure_is_a_restart_after_a_growing_delay_that_success_forgets(
    stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    bug = RuntimeError("a bug")
    steps = Steps(stopping, bug, bug, bug, bug, True, bug, True)

    await steps.run()

    delays = [getattr(record, "retry_in", None) for record in caplog.records]
    assert delays == [0.001, 0.002, 0.004, 0.004, 0.001]
    assert steps.metrics.counters == {"actor_restarts:test": 5}


async def test_only_an_unexpected_failure_is_logged_with_its_traceback(
    stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    steps = Steps(stopping, RuntimeError("a bug"), Unavailable("away"), True)

    await steps.run()

    [failed] = lines(caplog, "actor failed, restarting")
    [away] = lines(caplog, "waiting for a server")
    assert [bool(line["exc_info"]) for line in (failed, away)] == [True, False]
    assert (failed["actor"], failed["error"]) == ("test", "a bug")
    assert (away["actor"], away["error"]) == ("test", "away")


async def test_an_actor_that_fails_too_often_ends_it(stopping: asyncio.Event) -> None:
    steps = Steps(stopping, *[RuntimeError("a bug")] * 100)

    with pytest.raises(ActorFailed, match="test failed 9 times within 60 s: a bug"):
        await steps.run()

    assert len(steps.done) == MOST_RESTARTS + 1


async def test_failures_of_long_ago_do_not_count(
    stopping: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "WINDOW", 0.0)
    results: list[Result] = [RuntimeError("a bug"), True]
    steps = Steps(stopping, *results * 20)

    await steps.run()

    assert steps.metrics.counters == {"actor_restarts:test": 20}


@pytest.mark.parametrize("error", (RuntimeError("a bug"), Unavailable("away")), ids=repr)
async def test_stopping_cuts_the_delay_short(
    stopping: asyncio.Event, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 60.0)

    async with asyncio.timeout(1):
        await Steps(stopping, error).run()


async def test_cancelling_ends_it(stopping: asyncio.Event) -> None:
    class Cancelled(Steps):
        async def step(self) -> bool:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Cancelled(stopping).run()
