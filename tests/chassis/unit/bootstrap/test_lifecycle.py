import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from chassis.application.actors.service import BackgroundService
from chassis.application.errors import Unavailable
from chassis.bootstrap import lifecycle
from chassis.bootstrap.lifecycle import Grace, running
from chassis.bootstrap.system import System
from tests.unit.support import lines


class Loop:
    """Runs until it is told to stop, and `linger` seconds longer."""

    def __init__(self, told: list[str], name: str, linger: float = 0) -> None:
        self._told, self._name, self._linger = told, name, linger

    async def run(self, stopping: asyncio.Event) -> None:
        try:
            await stopping.wait()
            await asyncio.sleep(self._linger)
            self._told.append(f"{self._name} stopped")
        except asyncio.CancelledError:
            self._told.append(f"{self._name} cancelled")
            raise


class Failing:
    """A loop with a defect."""

    async def run(self, stopping: asyncio.Event) -> None:
        raise ZeroDivisionError


class Queue:
    """The queue of a consumer; `problem` keeps it from being bound."""

    def __init__(self, told: list[str], problem: Exception | None = None) -> None:
        self._told, self._problem = told, problem

    async def declare(self) -> None:
        if self._problem is not None:
            raise self._problem
        self._told.append("bound")


class Silent:
    """The queue on a broker that does not answer."""

    async def declare(self) -> None:
        await asyncio.sleep(60)


def system(
    told: list[str], *services: BackgroundService, queues: Sequence[Queue | Silent] = ()
) -> System:
    """Return as much of a system as a life needs."""

    class Fake:
        def __init__(self) -> None:
            self.services = services
            self.subscriptions = queues

        def prepare(self) -> None:
            pass

        def drain(self) -> None:
            told.append("draining")

        async def close(self) -> None:
            told.append("closed")

    return cast(System, cast(Any, Fake()))


async def test_loops_stop_in_order_and_connections_close_last() -> None:
    told: list[str] = []
    async with running(system(told, Loop(told, "first", 0.01), Loop(told, "second")), Grace(5)):
        await asyncio.sleep(0)
        assert told == []

    assert told == ["draining", "first stopped", "second stopped", "closed"]


async def test_a_loop_that_outlasts_the_grace_is_cancelled() -> None:
    told: list[str] = []
    async with running(system(told, Loop(told, "slow", 60), Loop(told, "second")), Grace(0.01)):
        await asyncio.sleep(0)

    assert told[0] == "draining"
    assert told[-1] == "closed"
    assert "slow cancelled" in told


async def test_a_loop_that_fails_ends_the_life_as_itself() -> None:
    told: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with running(system(told, Loop(told, "sound"), Failing()), Grace(5)):
            await asyncio.sleep(30)

    assert sorted(told[:-1]) == ["draining", "sound cancelled"]
    assert told[-1] == "closed"


async def test_what_fails_inside_is_raised_once_all_is_closed() -> None:
    told: list[str] = []
    with pytest.raises(LookupError):
        async with running(system(told, Loop(told, "sound")), Grace(5)):
            await asyncio.sleep(0)
            raise LookupError

    assert told == ["draining", "sound stopped", "closed"]


async def test_the_grace_runs_from_the_first_question() -> None:
    grace = Grace(0.05)
    await asyncio.sleep(0.02)
    assert grace.left() == pytest.approx(0.05, abs=0.01)
    await asyncio.sleep(0.06)
    assert grace.left() == 0


async def test_the_queue_is_bound_before_anything_is_accepted() -> None:
    told: list[str] = []
    async with running(system(told, queues=[Queue(told)]), Grace(5)):
        told.append("accepting")

    assert told == ["bound", "accepting", "draining", "closed"]


@pytest.mark.parametrize("problem", (Unavailable("RabbitMQ refuses the connection"), None))
async def test_a_broker_that_is_away_holds_up_no_start(
    problem: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lifecycle, "BINDING", 0.01)
    told: list[str] = []
    queue = Queue(told, problem) if problem else Silent()
    async with running(system(told, queues=[queue]), Grace(5)):
        told.append("accepting")

    assert told[0] == "accepting"
    (line,) = lines(caplog, "the queue is not bound yet")
    assert line["error"] == (str(problem) if problem else "no answer within 0.01 s")
