"""The port `Metrics`."""

from collections.abc import Callable

import pytest

from app.application.ports.metrics import Metrics
from app.infrastructure.telemetry.metrics import PrometheusMetrics

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
    assert read("events_published") is None

    metrics.count("events_published")

    assert read("events_published") == 1


@each
def test_counters_add_up(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    metrics.count("events_published", 3)
    metrics.count("events_published", 4)

    assert read("events_published") == 7


@each
def test_a_gauge_is_its_last_value(adapter: Callable[[], tuple[Metrics, Read]]) -> None:
    metrics, read = adapter()
    metrics.gauge("streams_open", 3)
    metrics.gauge("streams_open", 2)

    assert read("streams_open") == 2
