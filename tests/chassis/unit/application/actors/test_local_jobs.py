from collections.abc import Callable
from typing import Any

import pytest

from chassis.application.actors.local_jobs import LocalJobs
from chassis.application.errors import NotServed
from chassis.application.message import Message
from tests.chassis.unit.application.actors.desk import Add, Unknown, running
from tests.unit.support import RecordingMetrics, lines


class Adder:
    """A use case, made for each job."""

    made = 0

    def __init__(self) -> None:
        Adder.made += 1

    async def __call__(self, message: Add) -> int:
        if message.amount < 0:
            raise RuntimeError("a bug")
        return message.amount + 1


@pytest.fixture
def jobs(metrics: RecordingMetrics) -> LocalJobs:
    # The table is filled after the actor is made, as the containers do.
    table: dict[type[Message[Any]], Callable[[], Any]] = {}
    made = LocalJobs(table, 2, metrics)
    table[Add] = Adder
    return made


async def test_a_job_is_handled_by_the_handler_of_its_type(
    jobs: LocalJobs, metrics: RecordingMetrics
) -> None:
    before = Adder.made
    async with running(jobs):
        assert await jobs.ask(Add(amount=1)) == 2
        await jobs.tell(Add(amount=1))

    assert Adder.made == before + 2
    assert metrics.counters == {"actor_messages:jobs:handled": 2}


async def test_a_job_that_fails_delays_no_other(
    jobs: LocalJobs, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(jobs):
        for _ in range(12):
            await jobs.tell(Add(amount=-1))
        assert await jobs.ask(Add(amount=4)) == 5

    assert metrics.counters["actor_messages:jobs:failed"] == 12
    assert len(lines(caplog, "message failed")) == 12


async def test_a_job_that_no_running_role_handles_is_refused(jobs: LocalJobs) -> None:
    with pytest.raises(NotServed, match="the jobs has no handler for Unknown"):
        await jobs.tell(Unknown())


def test_so_many_jobs_are_handled_at_the_same_time_as_it_was_told(
    metrics: RecordingMetrics,
) -> None:
    assert LocalJobs({}, 3, metrics).workers == 3
