import random
from math import inf

import pytest
from prometheus_client import (
    CollectorRegistry,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from chassis.application.ports import metrics
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics

SECONDS = metrics.Histogram("seconds", "Seconds.", (0.001, 0.5, 1, 10), ("transport", "outcome"))
LABELS = [("tcp", "ok"), ("tcp", "busy"), ('a"\n\\', "")]


@pytest.fixture
def values() -> list[float]:
    """Return values on both sides of each bound, on it, and where none is expected."""
    near = [bound * factor for bound in SECONDS.buckets for factor in (0.99, 1, 1.01)]
    found = [*near, 0, -1, inf, *(random.expovariate() for _ in range(100))]
    random.shuffle(found)
    return found


def exported(metrics: PrometheusMetrics) -> bytes:
    """Return the exposition, without the metrics of the process."""
    registry = CollectorRegistry()
    registry.register(metrics)
    return generate_latest(registry)


def test_it_tells_what_the_library_tells(values: list[float]) -> None:
    ours, theirs = PrometheusMetrics(), CollectorRegistry()
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has not annotated it
    library = Histogram(
        SECONDS.name, SECONDS.help, SECONDS.labels, buckets=SECONDS.buckets, registry=theirs
    )
    for number, value in enumerate(values):
        labels = LABELS[number % len(LABELS)]
        ours.observe(SECONDS, value, *labels)
        library.labels(*labels).observe(value)

    assert exported(ours) == generate_latest(theirs)


def test_a_value_with_other_labels_is_not_counted() -> None:
    ours = PrometheusMetrics()
    with pytest.raises(ValueError, match="seconds has the labels"):
        ours.observe(SECONDS, 1, "tcp")

    assert exported(ours).decode().splitlines() == [
        "# HELP seconds Seconds.",
        "# TYPE seconds histogram",
    ]
