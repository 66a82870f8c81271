import pytest

from chassis.application.errors import LockHeld
from chassis.application.locks import lock_metrics
from chassis.application.locks.lock_metrics import LockMetrics
from tests.unit.support import ManualTime, RecordingMetrics


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> ManualTime:
    time = ManualTime()
    monkeypatch.setattr(lock_metrics, "time", time)
    return time


def test_the_wait_is_measured_by_kind_and_what_may_happen_is_visible_before(
    metrics: RecordingMetrics, time: ManualTime
) -> None:
    with LockMetrics(metrics, "shared").waiting("order:1"):
        assert metrics.zeros == {"lock_timeouts:shared:order", "locks_lost:shared:order"}
        time.now += 3

    assert metrics.observed == {"lock_wait_seconds:shared:order": [3]}
    assert metrics.counters == {}


def test_a_wait_without_success_is_measured_and_counted(
    metrics: RecordingMetrics, time: ManualTime
) -> None:
    with pytest.raises(LockHeld), LockMetrics(metrics, "local").waiting("order:1"):
        time.now += 5
        raise LockHeld("held", 1)

    assert metrics.observed == {"lock_wait_seconds:local:order": [5]}
    assert metrics.counters == {"lock_timeouts:local:order": 1}


def test_locks_of_one_kind_are_counted_together(metrics: RecordingMetrics) -> None:
    measures = LockMetrics(metrics, "shared")
    with measures.holding("order:1"):
        with measures.holding("order:2"), measures.holding("invoices"):
            assert metrics.gauges == {
                "locks_held:shared:order": 2,
                "locks_held:shared:invoices": 1,
            }
        assert metrics.gauges["locks_held:shared:order"] == 1

    assert set(metrics.gauges.values()) == {0}


def test_a_loss_is_counted_by_kind(metrics: RecordingMetrics) -> None:
    LockMetrics(metrics, "shared").lost("order:1")

    assert metrics.counters == {"locks_lost:shared:order": 1}
