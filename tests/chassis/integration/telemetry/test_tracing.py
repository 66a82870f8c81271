"""The OpenTelemetry adapter against a collector on a socket of its own."""

import asyncio
import logging
import socket
from collections.abc import Iterator

import pytest

from chassis.infrastructure.telemetry import tracing as adapter
from chassis.infrastructure.telemetry.tracing import OpenTelemetryTracing
from tests.chassis.collector import Collector, collecting

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running


def tell(tracing: OpenTelemetryTracing, parent: str | None) -> str | None:
    """Record one step and return its traceparent."""
    span = tracing.start("step", "consumer", parent=parent, attributes={"a": "b", "n": 1})
    span.rename("other")
    span.set_attributes({"m": 2})
    span.fail("nack")
    span.end()
    return span.traceparent


async def test_a_step_arrives_as_it_was_told(collector: Collector) -> None:
    tracing = OpenTelemetryTracing("service", "1.0")
    traceparent = tell(tracing, PARENT)
    await tracing.close()

    [span] = collector.spans
    assert (span.service, span.name, span.kind) == ("service", "other", "consumer")
    assert (span.trace, span.parent) == (TRACE, "b7ad6b7169203331")
    assert traceparent is not None
    assert traceparent.startswith(f"00-{TRACE}-{span.id}-")
    assert span.failed
    assert span.attributes == {"a": "b", "n": 1, "m": 2, "error.type": "nack"}
    assert 0 < span.start <= span.end


@pytest.mark.parametrize("parent", (None, "", "nonsense", PARENT.upper(), PARENT + "-more"))
async def test_what_is_no_traceparent_begins_a_trace(
    parent: str | None, collector: Collector
) -> None:
    tracing = OpenTelemetryTracing("service", "1.0")
    tell(tracing, parent)
    await tracing.close()

    [span] = collector.spans
    assert span.parent == ""
    assert span.trace != TRACE


async def test_what_the_caller_does_not_sample_is_not_sampled_further_down(
    collector: Collector,
) -> None:
    tracing = OpenTelemetryTracing("service", "1.0")
    child = tell(tracing, UNSAMPLED)
    await tracing.close()

    assert collector.spans == []
    assert child == UNSAMPLED


async def test_the_environment_has_the_last_word(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "named")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_on")
    tracing = OpenTelemetryTracing("service", "1.0")
    tell(tracing, UNSAMPLED)
    await tracing.close()

    assert [span.service for span in collector.spans] == ["named"]


async def test_what_comes_after_the_end_is_ignored(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    tracing = OpenTelemetryTracing("service", "1.0")
    span = tracing.start("stream", "server", parent=None)
    span.end()
    # As a stream does that goes on after its step.
    span.rename("other")
    span.set_attributes({"a": 1})
    span.fail("late")
    span.end()
    await tracing.close()

    [told] = collector.spans
    assert (told.name, told.attributes, told.failed) == ("stream", {}, False)
    assert caplog.messages == []


async def test_a_collector_that_is_away_costs_neither_time_nor_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adapter, "TIMEOUT", 0.2)
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
    # It accepts connections, and never answers on them.
    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setenv(
            "OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{mute.getsockname()[1]}"
        )
        tracing = OpenTelemetryTracing("service", "1.0")
        with caplog.at_level(logging.WARNING):
            for _ in range(1000):
                tell(tracing, PARENT)
            async with asyncio.timeout(5):
                await tracing.close()

    assert "Queue full, dropping Span." in caplog.messages
    assert "not all traces were sent in time" in caplog.messages
