"""Metrics for Prometheus."""

from collections.abc import Iterable
from itertools import accumulate
from math import inf

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from chassis.application.metric_store import MetricStore


class PrometheusMetrics(MetricStore, Collector):
    """The metrics of one service, in their own registry.

    The library's own metrics take a lock, and search a histogram's bucket from the lowest on, at
    every event. Here the library comes into play at a scrape only.
    """

    def __init__(self) -> None:
        super().__init__()
        self._registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)
        self._registry.register(self)

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""
        return prometheus.generate_latest(self._registry), prometheus.CONTENT_TYPE_LATEST

    def collect(self) -> Iterable[Metric]:
        """Yield each metric in the library's form."""
        # Copies: another thread may count something new meanwhile.
        for counted in list(self.counters.values()):
            counter = counted.metric
            told = CounterMetricFamily(counter.name, counter.help, labels=counter.labels)
            for labels, count in list(counted.series.items()):
                told.add_metric(labels, count)
            yield told
        for watched in self.gauges.values():
            gauge = watched.metric
            shown = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            for labels, read in watched.series.items():
                shown.add_metric(labels, float(read()))
            yield shown
        for observed in self.histograms.values():
            histogram = observed.metric
            spread = HistogramMetricFamily(histogram.name, histogram.help, labels=histogram.labels)
            for labels, found in observed.series.items():
                # Prometheus's form: each bucket also counts the values of all lower ones.
                names = [_name(bound) for bound in (*found.bounds, inf)]
                counts = zip(names, accumulate(found.counts), strict=True)
                spread.add_metric(labels, list(counts), found.total)
            yield spread


def _name(bound: float) -> str:
    name: str = floatToGoString(bound)  # type: ignore[no-untyped-call]  # the library has not annotated it
    return name
