"""The steps of a job that does what a test tells it to, and a runner for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chassis.application.actors import runner, supervisor, timers
from chassis.application.actors.job import Job
from chassis.application.actors.runner import Runner
from tests.chassis.memory_election import MemoryElection
from tests.unit.support import ManualClock, RecordingMetrics

type Outcome = bool | Exception


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a runner wait for milliseconds, where it waits for seconds."""
    monkeypatch.setattr(timers, "INITIAL_DELAY", 0.001)
    monkeypatch.setattr(runner, "PAUSE", 0.001)
    monkeypatch.setattr(runner, "POLL_INTERVAL", 0.001)
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_OUTAGE_DELAY", 0.002)


class Steps:
    """Does what it is told to, one thing for each step; then there is nothing to do."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.taken = 0
        self._outcomes = list(outcomes)

    async def __call__(self) -> bool:
        self.taken += 1
        outcome = self._outcomes.pop(0) if self._outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def until(self, taken: int) -> None:
        async with asyncio.timeout(5):
            while self.taken < taken:
                await asyncio.sleep(0.001)


def made(
    step: Callable[[], Awaitable[bool]],
    metrics: RecordingMetrics,
    election: MemoryElection | None = None,
    clock: ManualClock | None = None,
    **fields: Any,
) -> Runner:
    defaults: dict[str, Any] = {"name": "test", "step": step, "interval": 60.0}
    job = Job(**(defaults | fields))
    return Runner(job, election or MemoryElection(), clock or ManualClock(), metrics)


@asynccontextmanager
async def running(*arguments: Any, **fields: Any) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(made(*arguments, **fields).run(stopping))
    yield
    stopping.set()
    async with asyncio.timeout(5):
        await task
