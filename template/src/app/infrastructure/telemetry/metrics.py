"""Metrics for Prometheus."""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

# A second series for each counter that no dashboard reads.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has not annotated it


class PrometheusMetrics:
    """Counters and gauges in a registry of their own, made when they are first used."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        ProcessCollector(registry=self._registry)

    def count(self, name: str, amount: int = 1) -> None:
        """Add `amount` to the counter `name` (exposed as `<name>_total`)."""
        counter = self._counters.get(name)
        if counter is None:
            counter = Counter(name, name.replace("_", " "), registry=self._registry)
            self._counters[name] = counter
        counter.inc(amount)

    def gauge(self, name: str, value: float) -> None:
        """Set the gauge `name`."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = Gauge(name, name.replace("_", " "), registry=self._registry)
            self._gauges[name] = gauge
        gauge.set(value)

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
