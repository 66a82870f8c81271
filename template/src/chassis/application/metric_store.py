"""The metrics as this process keeps them; an adapter exports them at each scrape."""

from bisect import bisect_left
from collections.abc import Callable
from threading import Lock

from chassis.application.ports.metrics import Counter, Gauge, Histogram

type Labels = tuple[str, ...]


class Family[Metric: (Counter, Gauge, Histogram), Value]:
    """A metric with its value for each set of labels."""

    __slots__ = ("metric", "series")

    def __init__(self, metric: Metric) -> None:
        self.metric: Metric = metric
        self.series: dict[Labels, Value] = {}


class Distribution:
    """The values of a histogram: how many fell into each bucket, the last one above all bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0


class MetricStore:
    """The `Metrics` in memory: to count is an addition, without a call of a library.

    Any thread may count; all else happens in the thread of the event loop. Raises `ValueError` for
    labels that the metric does not have, and for a name of another metric. It also refuses buckets
    that are not in order, and a counter that would go down.
    """

    def __init__(self) -> None:
        self.counters: dict[str, Family[Counter, int]] = {}
        self.gauges: dict[str, Family[Gauge, Callable[[], float]]] = {}
        self.histograms: dict[str, Family[Histogram, Distribution]] = {}
        self._kinds: dict[str, type] = {}
        self._counting = Lock()

    def count(self, counter: Counter, *labels: str, amount: int = 1) -> None:
        """Add `amount` to the counter."""
        family = self.counters.get(counter.name)
        if family is None or labels not in family.series:
            # Two threads that are the first to count must find the same family.
            with self._counting:
                family = self._family(self.counters, counter, labels)
                family.series.setdefault(labels, 0)
        if amount < 0:
            raise ValueError(f"{counter.name} is a counter: it cannot go down by {-amount}")
        with self._counting:
            family.series[labels] += amount

    def gauge(self, gauge: Gauge, value: float, *labels: str) -> None:
        """Set the gauge."""
        self.watch(gauge, lambda: value, *labels)

    def watch(self, gauge: Gauge, read: Callable[[], float], *labels: str) -> None:
        """Let the gauge be what `read` returns, at each scrape."""
        self._family(self.gauges, gauge, labels).series[labels] = read

    def expect(self, histogram: Histogram, *labels: str) -> None:
        """Let the histogram exist, with no value yet."""
        self._distribution(histogram, labels)

    def observe(self, histogram: Histogram, value: float, *labels: str) -> None:
        """Add a value to the histogram."""
        family = self.histograms.get(histogram.name)
        found = None if family is None else family.series.get(labels)
        if found is None:
            found = self._distribution(histogram, labels)
        found.counts[bisect_left(found.bounds, value)] += 1
        found.total += value

    def _distribution(self, histogram: Histogram, labels: Labels) -> Distribution:
        family = self._family(self.histograms, histogram, labels)
        if list(histogram.buckets) != sorted(histogram.buckets):
            raise ValueError(f"the buckets of {histogram.name} must be in order")
        return family.series.setdefault(labels, Distribution(family.metric.buckets))

    def _family[Metric: (Counter, Gauge, Histogram), Value](
        self, families: dict[str, Family[Metric, Value]], metric: Metric, labels: Labels
    ) -> Family[Metric, Value]:
        name = metric.name
        if self._kinds.setdefault(name, type(metric)) is not type(metric):
            raise ValueError(f"{name} is the name of another metric")
        family = families.get(name)
        if family is None:
            family = families[name] = Family(metric)
        if len(labels) != len(family.metric.labels):
            raise ValueError(f"{name} has the labels {family.metric.labels}, not {labels}")
        return family
