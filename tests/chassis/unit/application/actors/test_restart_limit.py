"""An actor's own limit of failures."""

import asyncio

import pytest

from chassis.application.actors import supervisor
from chassis.application.actors.supervisor import ActorFailed, RestartLimit, supervise
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import RecordingMetrics


class Failing:
    """Fails in each step, until it has failed `times` times."""

    name = "test"

    def __init__(self, stopping: asyncio.Event, times: int) -> None:
        self.steps = 0
        self._stopping = stopping
        self._times = times

    async def step(self) -> bool:
        self.steps += 1
        if self.steps > self._times:
            self._stopping.set()
            return True
        raise RuntimeError("a bug")

    async def rest(self) -> None:
        raise AssertionError("there is always work")


async def run(times: int, limit: RestartLimit | None) -> int:
    """Return how many steps it took."""
    stopping = asyncio.Event()
    actor = Failing(stopping, times)
    await supervise(actor, RecordingMetrics(), stopping, limit=limit)
    return actor.steps


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second between two failures."""
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 1.0)
    monkeypatch.setattr(supervisor, "LONGEST_RESTART_DELAY", 1.0)


@in_virtual_time
async def test_one_failure_more_than_the_limit_ends_it() -> None:
    assert await run(2, RestartLimit(most=2)) == 3
    with pytest.raises(ActorFailed, match=r"^test failed 3 times within 60 s: a bug$"):
        await run(3, RestartLimit(most=2))


@in_virtual_time
async def test_failures_are_counted_within_the_limits_time() -> None:
    assert await run(20, RestartLimit(most=2, within=1.5)) == 21
    with pytest.raises(ActorFailed, match=r"^test failed 3 times within 2 s: a bug$"):
        await run(20, RestartLimit(most=2, within=2.0))


@in_virtual_time
async def test_without_a_limit_it_is_eight_within_a_minute() -> None:
    assert await run(8, None) == 9
    with pytest.raises(ActorFailed, match=r"^test failed 9 times within 60 s: a bug$"):
        await run(9, None)
