"""A histogram that takes a value at every request, in a third of the time of the library's own.

The library's locks twice and searches for the bucket from the lowest on; here the event loop alone
adds values.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from chassis.application.ports.metrics import Histogram


class _Series:
    __slots__ = ("counts", "total")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * buckets
        self.total = 0.0


class HistogramCollector(Collector):
    """Collects one histogram, with a series for each set of labels that a value came with.

    Raises `ValueError` if its buckets are not in order, or a value has other labels.
    """

    def __init__(self, histogram: Histogram) -> None:
        if list(histogram.buckets) != sorted(histogram.buckets):
            raise ValueError(f"the buckets of {histogram.name} must be in order")
        self._histogram = histogram
        self._bounds = histogram.buckets
        # The last bucket counts the values above all bounds.
        self._names = [
            floatToGoString(bound)  # type: ignore[no-untyped-call]  # the library has not annotated it
            for bound in (*histogram.buckets, "inf")
        ]
        self._series: dict[tuple[str, ...], _Series] = {}

    def observe(self, value: float, labels: tuple[str, ...]) -> None:
        """Add a value."""
        series = self._series.get(labels)
        if series is None:
            names = self._histogram.labels
            if len(labels) != len(names):
                raise ValueError(f"{self._histogram.name} has the labels {names}, not {labels}")
            series = self._series[labels] = _Series(len(self._names))
        series.counts[bisect_left(self._bounds, value)] += 1
        series.total += value

    def describe(self) -> Iterable[HistogramMetricFamily]:
        """Yield the same, by which the registry refuses a duplicate name."""
        return self.collect()

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """Yield it in Prometheus's form: each bucket also counts the values of all lower ones."""
        histogram = self._histogram
        family = HistogramMetricFamily(histogram.name, histogram.help, labels=histogram.labels)
        for labels, series in self._series.items():
            counts = zip(self._names, accumulate(series.counts), strict=True)
            family.add_metric(labels, list(counts), series.total)
        yield family
