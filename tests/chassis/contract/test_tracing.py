"""The contract of every `Tracing`, with an exporter or without."""

import re
from collections.abc import AsyncIterator

import pytest

from chassis.application.context import TRACEPARENT
from chassis.application.ports.tracing import Tracing
from chassis.application.tracing.no_tracing import NoTracing
from chassis.infrastructure.telemetry.tracing import OpenTelemetryTracing
from tests.chassis.collector import collecting
from tests.chassis.recording_tracing import RecordingTracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(params=("none", "recording", "opentelemetry"))
async def tracing(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Tracing]:
    if request.param == "opentelemetry":
        with collecting() as collector:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
            made = OpenTelemetryTracing("service", "1.0")
            yield made
            await made.close()
    else:
        yield NoTracing() if request.param == "none" else RecordingTracing()


def test_a_child_is_of_its_parents_trace(tracing: Tracing) -> None:
    child = tracing.start("child", "internal", parent=PARENT).traceparent
    assert child is not None
    grandchild = tracing.start("grandchild", "internal", parent=child).traceparent

    assert TRACEPARENT.fullmatch(child)
    assert grandchild is not None
    assert child[:35] == grandchild[:35] == PARENT[:35]
    if tracing.is_on:
        assert len({PARENT, child, grandchild}) == 3


def test_a_step_without_a_parent_begins_a_trace(tracing: Tracing) -> None:
    first, second = (tracing.start(name, "server", parent=None).traceparent for name in "ab")

    if tracing.is_on:
        assert first is not None
        assert second is not None
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", first)
        assert first[3:35] != second[3:35]
    else:
        assert (first, second) == (None, None)


def test_a_step_is_told_of_in_any_order_and_after_its_end(tracing: Tracing) -> None:
    span = tracing.start("step", "producer", parent=None, attributes={"a": "b", "n": 1})
    span.fail("reason")
    span.rename("other")
    span.end()
    span.set_attributes({"late": 1})
    span.fail("late")
    span.end()


async def test_it_can_be_closed_without_having_been_used(tracing: Tracing) -> None:
    await tracing.close()
