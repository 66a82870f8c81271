"""The port `Metrics`."""

from collections.abc import Callable

import pytest

from chassis.application.ports.metrics import Counter, Gauge, Histogram, Metrics
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics

EVENTS = Counter("events", "Events.")
BY_KIND = Counter("events_by_kind", "Events.", ("kind",))
STREAMS = Gauge("streams", "Streams.")
SECONDS = Histogram("seconds", "Seconds.", buckets=(1, 2))

type Read = Callable[[str], float | None]


def prometheus() -> tuple[Metrics, Read]:
    metrics = PrometheusMetrics()

    def read(name: str) -> float | None:
        lines = metrics.render()[0].decode().splitlines()
        samples = dict(line.split() for line in lines if not line.startswith("#"))
        found = samples.get(name, samples.get(f"{name}_total"))
        return None if found is None else float(found)

    return metrics, read


ADAPTERS: dict[str, Callable[[], tuple[Metrics, Read]]] = {"prometheus": prometheus}

each = pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)


@each
def test_a_number_is_there_from_its_first_use(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    assert read("events") is None

    metrics.count(EVENTS)

    assert read("events") == 1


@each
def test_counters_add_up(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    metrics.count(EVENTS, amount=3)
    metrics.count(EVENTS, amount=4)

    assert read("events") == 7


@each
def test_a_gauge_is_its_last_value(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    metrics.gauge(STREAMS, 3)
    metrics.gauge(STREAMS, 2)

    assert read("streams") == 2


@each
def test_counting_nothing_makes_a_counter_visible(
    adapter: Callable[[], tuple[Metrics, Read]],
) -> None:
    metrics, read = adapter()
    metrics.count(EVENTS, amount=0)

    assert read("events") == 0


@each
def test_labels_keep_series_apart(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    metrics.count(BY_KIND, "a", amount=2)
    metrics.count(BY_KIND, "b")

    assert read('events_by_kind_total{kind="a"}') == 2
    assert read('events_by_kind_total{kind="b"}') == 1


@each
def test_a_watched_gauge_is_read_when_somebody_looks(
    adapter: Callable[[], tuple[Metrics, Read]],
) -> None:
    metrics, read = adapter()
    values = [1.0, 2.0]
    metrics.watch(STREAMS, lambda: values.pop(0))

    assert [read("streams"), read("streams")] == [1, 2]


@each
def test_a_histogram_counts_and_adds_up(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    for value in (0.5, 1.5, 5):
        metrics.observe(SECONDS, value)

    assert read('seconds_bucket{le="1.0"}') == 1
    assert read('seconds_bucket{le="2.0"}') == 2
    assert (read("seconds_count"), read("seconds_sum")) == (3, 7)
