from chassis.application.ports.metrics import Counter
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics

EVENTS = Counter("events_published", "Events.")


def lines(metrics: PrometheusMetrics) -> list[str]:
    body, content_type = metrics.render()
    assert content_type.startswith("text/plain")
    return body.decode().splitlines()


def test_counters_are_told_as_such() -> None:
    metrics = PrometheusMetrics()
    metrics.count(EVENTS)

    assert "# TYPE events_published_total counter" in lines(metrics)


def test_the_process_itself_is_measured() -> None:
    assert any(
        line.startswith("process_resident_memory_bytes") for line in lines(PrometheusMetrics())
    )


def test_two_services_in_one_process_do_not_share_numbers() -> None:
    first, second = PrometheusMetrics(), PrometheusMetrics()
    first.count(EVENTS)

    assert "events_published_total 1.0" in lines(first)
    assert not any(line.startswith("events_published") for line in lines(second))
