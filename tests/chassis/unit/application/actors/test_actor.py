import asyncio

import pytest

from chassis.application.actors import supervisor
from chassis.application.actors.actor import Actor
from tests.unit.support import RecordingMetrics


class Fails(Actor):
    """Fails at its first step, and is done after the second."""

    def __init__(self, metrics: RecordingMetrics, stopping: asyncio.Event) -> None:
        super().__init__("test", metrics)
        self._stopping = stopping
        self._steps = 0

    async def step(self) -> bool:
        self._steps += 1
        if self._steps == 1:
            raise KeyError("x")
        self._stopping.set()
        return True

    async def rest(self) -> None:
        raise AssertionError("there was work")


async def test_restarts_are_visible_before_the_first_and_counted(
    monkeypatch: pytest.MonkeyPatch, metrics: RecordingMetrics
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)
    stopping = asyncio.Event()
    actor = Fails(metrics, stopping)
    assert metrics.zeros == {"actor_restarts:test"}

    await actor.run(stopping)

    assert metrics.counters == {"actor_restarts:test": 1}
