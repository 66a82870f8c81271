"""Metrics for Prometheus."""

from collections.abc import Callable, Sequence
from typing import Any

import prometheus_client as prometheus

from chassis.application.ports.metrics import Counter, Gauge, Histogram
from chassis.infrastructure.telemetry.histogram import HistogramCollector

# A second series for each counter that no dashboard reads.
prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has not annotated it


class PrometheusMetrics:
    """Metrics in their own registry."""

    def __init__(self) -> None:
        self._registry = prometheus.CollectorRegistry()
        self._families: dict[str, Any] = {}
        self._series: dict[tuple[str, ...], Any] = {}
        self._histograms: dict[str, HistogramCollector] = {}
        prometheus.ProcessCollector(registry=self._registry)

    def count(self, counter: Counter, *labels: str, amount: int = 1) -> None:
        """Add `amount` to the counter."""
        self._find(prometheus.Counter, counter, labels).inc(amount)

    def gauge(self, gauge: Gauge, value: float, *labels: str) -> None:
        """Set the gauge."""
        self._find(prometheus.Gauge, gauge, labels).set(value)

    def watch(self, gauge: Gauge, read: Callable[[], float], *labels: str) -> None:
        """Let the gauge be what `read` returns, at each scrape."""
        self._find(prometheus.Gauge, gauge, labels).set_function(read)

    def observe(self, histogram: Histogram, value: float, *labels: str) -> None:
        """Add a value to the histogram."""
        collector = self._histograms.get(histogram.name)
        if collector is None:
            collector = self._histograms[histogram.name] = HistogramCollector(histogram)
            self._registry.register(collector)
        collector.observe(value, labels)

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""
        return prometheus.generate_latest(self._registry), prometheus.CONTENT_TYPE_LATEST

    def _find(
        self,
        kind: Callable[..., Any],
        metric: Counter | Gauge,
        labels: Sequence[str],
    ) -> Any:
        series = self._series.get((metric.name, *labels))
        if series is None:
            family = self._families.get(metric.name)
            if family is None:
                family = kind(metric.name, metric.help, metric.labels, registry=self._registry)
                self._families[metric.name] = family
            series = family.labels(*labels) if labels else family
            self._series[metric.name, *labels] = series
        return series
