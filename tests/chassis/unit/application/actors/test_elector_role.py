"""The election among the processes of one role."""

import logging

import pytest

from chassis.application.actors.elector import Elector
from tests.chassis.memory_election import MemoryElection
from tests.unit.support import RecordingMetrics, lines


async def test_the_leader_of_a_role_has_a_gauge_and_log_lines_of_its_own(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    elector = Elector(MemoryElection(), metrics, "worker")
    assert metrics.gauges == {"role_leader:worker": 0}

    assert await elector.step() is False

    assert elector.name == "elector worker"
    assert metrics.gauges == {"role_leader:worker": 1}
    assert [line["role"] for line in lines(caplog, "leading")] == ["worker"]


async def test_the_leader_of_all_has_no_role(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    elector = Elector(MemoryElection(), metrics)

    await elector.step()

    assert elector.name == "elector"
    assert metrics.gauges == {"leader": 1}
    assert ["role" in line for line in lines(caplog, "leading")] == [False]
