import prometheus_client
from prometheus_client import CollectorRegistry, generate_latest

from chassis.application.ports.metrics import Counter, Gauge
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics

EVENTS = Counter("events_published", "Events.")
BY_KIND = Counter("events_by_kind", 'Events\n"by kind".', ("kind",))
ROWS = Gauge("outbox_rows", "Rows.", ("table",))


def lines(metrics: PrometheusMetrics) -> list[str]:
    body, content_type = metrics.render()
    assert content_type.startswith("text/plain")
    return body.decode().splitlines()


def test_counters_are_told_as_such() -> None:
    metrics = PrometheusMetrics()
    metrics.count(EVENTS)

    assert "# TYPE events_published_total counter" in lines(metrics)


def test_counters_and_gauges_are_told_as_the_library_tells_them() -> None:
    metrics, ours, theirs = PrometheusMetrics(), CollectorRegistry(), CollectorRegistry()
    ours.register(metrics)
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has not annotated it
    events = prometheus_client.Counter(EVENTS.name, EVENTS.help, registry=theirs)
    by_kind = prometheus_client.Counter(BY_KIND.name, BY_KIND.help, ["kind"], registry=theirs)
    rows = prometheus_client.Gauge(ROWS.name, ROWS.help, ["table"], registry=theirs)

    metrics.count(EVENTS, amount=2**40)
    events.inc(2**40)
    for kind in ("order", 'a"\n\\', "order"):
        metrics.count(BY_KIND, kind, amount=3)
        by_kind.labels(kind).inc(3)
    metrics.gauge(ROWS, 1.5, "outbox")
    rows.labels("outbox").set(1.5)

    assert generate_latest(ours) == generate_latest(theirs)


def test_the_process_itself_is_measured() -> None:
    assert any(
        line.startswith("process_resident_memory_bytes") for line in lines(PrometheusMetrics())
    )


def test_two_services_in_one_process_do_not_share_numbers() -> None:
    first, second = PrometheusMetrics(), PrometheusMetrics()
    first.count(EVENTS)

    assert "events_published_total 1.0" in lines(first)
    assert not any(line.startswith("events_published") for line in lines(second))
