"""Jobs of the leader alone."""

import asyncio
import time

import pytest

from chassis.application.actors import runner
from tests.chassis.memory_election import MemoryElection
from tests.chassis.unit.application.actors.steps import Steps, hurry, made, running
from tests.unit.support import RecordingMetrics


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def test_a_job_of_the_leader_waits_for_the_lead(metrics: RecordingMetrics) -> None:
    steps, election = Steps(), MemoryElection()
    async with running(steps, metrics, election, leader_only=True):
        await asyncio.sleep(0.02)
        assert steps.taken == 0

        await election.campaign()
        await steps.until(1)

    assert metrics.counters == {"job_runs:test:done": 1}


async def test_who_does_not_lead_looks_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch, metrics: RecordingMetrics
) -> None:
    idle = made(Steps(), metrics, leader_only=True)
    # Long enough for the run to be due.
    await asyncio.sleep(0.01)
    monkeypatch.setattr(runner, "POLL_INTERVAL", 0.05)
    began = time.monotonic()

    await idle.rest()

    assert time.monotonic() - began >= 0.04


async def test_a_run_is_over_where_the_lead_is_lost_and_begins_anew_where_it_comes_back(
    metrics: RecordingMetrics,
) -> None:
    steps, election = Steps(*[True] * 1000), MemoryElection()
    await election.campaign()
    async with running(steps, metrics, election, leader_only=True):
        await steps.until(3)
        await election.resign()
        await asyncio.sleep(0.02)
        taken = steps.taken
        await asyncio.sleep(0.02)
        assert steps.taken == taken
        assert metrics.counters == {"job_runs:test:interrupted": 1}

        await election.campaign()
        await steps.until(taken + 1)


async def test_any_other_job_runs_wherever_it_is(metrics: RecordingMetrics) -> None:
    steps = Steps()
    async with running(steps, metrics):
        await steps.until(1)
