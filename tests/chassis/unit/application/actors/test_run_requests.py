from datetime import UTC, datetime

import pytest

from chassis.application.actors.job import Job
from chassis.application.actors.run_requests import RunRequests
from chassis.application.actors.runner import Runner
from tests.chassis.memory_election import MemoryElection
from tests.chassis.memory_job_runs import MemoryJobRuns
from tests.unit.support import ManualClock, RecordingMetrics

DUE = datetime(2026, 5, 1, tzinfo=UTC)


class Noted(Runner):
    """Notes what was requested."""

    def __init__(self, name: str, metrics: RecordingMetrics) -> None:
        async def nothing() -> bool:
            return False

        job = Job(name=name, step=nothing, interval=60)
        super().__init__(job, MemoryElection(), ManualClock(), metrics)
        self.requests: list[datetime] = []

    def request(self, due_at: datetime) -> None:
        self.requests.append(due_at)


@pytest.fixture
def tidy(metrics: RecordingMetrics) -> Noted:
    return Noted("tidy", metrics)


@pytest.mark.parametrize("is_leader", (True, False))
async def test_the_leader_alone_passes_requests_to_their_runners(
    tidy: Noted, metrics: RecordingMetrics, is_leader: bool
) -> None:
    election, runs = MemoryElection(), MemoryJobRuns()
    for job in ("other", "tidy"):
        await runs.add(job, DUE, "requested", by_hand=True)
    if is_leader:
        await election.campaign()
    requests = RunRequests({"tidy": tidy}, election, runs, metrics)

    assert await requests.step() is False

    assert tidy.requests == [DUE] * is_leader
    assert requests.name == "job_requests"


async def test_it_looks_every_two_seconds(
    tidy: Noted, metrics: RecordingMetrics, waits: list[float]
) -> None:
    await RunRequests({"tidy": tidy}, MemoryElection(), MemoryJobRuns(), metrics).rest()

    assert waits == [2]
