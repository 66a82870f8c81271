from chassis.interfaces.serving.meter import Meter
from tests.unit.support import RecordingMetrics


def test_transports_are_told_apart() -> None:
    metrics = RecordingMetrics()
    http, tcp = Meter(metrics, "http"), Meter(metrics, "tcp")

    http.request("ok", 0.5)
    tcp.request("busy", 0.25)
    tcp.refuse("address")

    assert metrics.observed["request_duration_seconds:http:ok"] == [0.5]
    assert metrics.observed["request_duration_seconds:tcp:busy"] == [0.25]
    assert metrics.counters["connections_refused:tcp:address"] == 1
    # There from the start: a rate needs a value to start from.
    assert "connections_refused:http:address" in metrics.zeros
    assert "request_duration_seconds:http:failed" in metrics.zeros


def test_what_is_open_is_asked_when_somebody_looks() -> None:
    metrics = RecordingMetrics()
    connections: list[int] = []
    Meter(metrics, "http").watch(lambda: len(connections), lambda: 7)

    connections.append(1)

    assert metrics.gauges["connections_open:http"] == 1
    assert metrics.gauges["requests_in_flight:http"] == 7
