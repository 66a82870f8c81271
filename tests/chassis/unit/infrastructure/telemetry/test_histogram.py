import random
from math import inf

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from chassis.application.ports import metrics
from chassis.infrastructure.telemetry.histogram import HistogramCollector

SECONDS = metrics.Histogram("seconds", "Seconds.", (0.001, 0.5, 1, 10), ("transport", "outcome"))
LABELS = [("tcp", "ok"), ("tcp", "busy"), ('a"\n\\', "")]


@pytest.fixture
def values() -> list[float]:
    """Return values on both sides of each bound, on it, and where none is expected."""
    near = [bound * factor for bound in SECONDS.buckets for factor in (0.99, 1, 1.01)]
    found = [*near, 0, -1, inf, *(random.expovariate() for _ in range(100))]
    random.shuffle(found)
    return found


def test_it_tells_what_the_library_tells(values: list[float]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    collector = HistogramCollector(SECONDS)
    ours.register(collector)
    library = Histogram(
        SECONDS.name, SECONDS.help, SECONDS.labels, buckets=SECONDS.buckets, registry=theirs
    )
    for number, value in enumerate(values):
        labels = LABELS[number % len(LABELS)]
        collector.observe(value, labels)
        library.labels(*labels).observe(value)

    assert generate_latest(ours) == generate_latest(theirs)


def test_it_is_there_before_its_first_value() -> None:
    registry = CollectorRegistry()
    registry.register(HistogramCollector(SECONDS))

    assert generate_latest(registry).decode().splitlines() == [
        "# HELP seconds Seconds.",
        "# TYPE seconds histogram",
    ]


def test_labels_are_as_many_as_their_names() -> None:
    collector = HistogramCollector(SECONDS)
    with pytest.raises(ValueError, match="seconds has the labels"):
        collector.observe(1, ("tcp",))


def test_buckets_are_in_order() -> None:
    with pytest.raises(ValueError, match="in order"):
        HistogramCollector(metrics.Histogram("seconds", "Seconds.", (1, 0.5)))


def test_a_name_that_is_taken_is_refused() -> None:
    registry = CollectorRegistry()
    registry.register(HistogramCollector(SECONDS))
    with pytest.raises(ValueError, match="Duplicated"):
        registry.register(HistogramCollector(SECONDS))
