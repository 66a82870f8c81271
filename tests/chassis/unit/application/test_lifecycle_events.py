"""Lifecycle events: chosen, counted together, and never about themselves."""

from collections.abc import Sequence

import pytest

from chassis.application import lifecycle_events as module
from chassis.application.context import current_caller
from chassis.application.errors import Unavailable
from chassis.application.lifecycle_events import CALLER, LIMIT, LifecycleEvents
from chassis.application.ports.lifecycle import LifecycleEvent
from tests.actors import running
from tests.unit.support import RecordingMetrics


class Listener:
    """Keeps what it was told, and under which caller."""

    def __init__(self) -> None:
        self.heard: list[LifecycleEvent] = []
        self.callers: list[str] = []
        self.error: Exception | None = None

    async def __call__(self, event: LifecycleEvent) -> None:
        self.callers.append(current_caller().name)
        if self.error is not None:
            raise self.error
        self.heard.append(event)


@pytest.fixture
def listener() -> Listener:
    return Listener()


def make(
    listener: Listener, metrics: RecordingMetrics, chosen: Sequence[str] = ("job-failed", "seen")
) -> LifecycleEvents:
    return LifecycleEvents(chosen, [listener], metrics)


async def test_events_of_the_chosen_kinds_are_told(
    listener: Listener, metrics: RecordingMetrics
) -> None:
    events = make(listener, metrics)
    events.report("job-failed", "tidy", "disk\0full")
    events.report("service-started", "worker")
    assert [await events.step() for _ in range(2)] == [True, False]
    assert listener.heard == [LifecycleEvent("job-failed", "tidy", "disk\\x00full")]


async def test_none_is_chosen_by_default(listener: Listener, metrics: RecordingMetrics) -> None:
    events = make(listener, metrics, ())
    events.report("job-failed", "tidy")
    assert await events.step() is False


async def test_the_same_ones_are_counted_together(
    listener: Listener, metrics: RecordingMetrics
) -> None:
    events = make(listener, metrics)
    for number in range(3):
        events.report("job-failed", "tidy", f"error {number}")
    events.report("job-failed", "sweep")
    while await events.step():
        pass
    assert listener.heard == [
        LifecycleEvent("job-failed", "tidy", "error 2", 3),
        LifecycleEvent("job-failed", "sweep"),
    ]


async def test_nothing_is_told_about_what_was_told(
    listener: Listener, metrics: RecordingMetrics
) -> None:
    events = make(listener, metrics)
    events.report("job-failed", "ada's", cause="ada")
    events.report("job-failed", "its own", cause=CALLER.name)
    while await events.step():
        pass
    assert [event.subject for event in listener.heard] == ["ada's"]
    # The events that a listener publishes carry this name.
    assert listener.callers == [CALLER.name]


async def test_an_outage_keeps_the_event(listener: Listener, metrics: RecordingMetrics) -> None:
    events = make(listener, metrics)
    events.report("seen", "ada", "1")
    listener.error = Unavailable("the database does not answer")
    with pytest.raises(Unavailable):
        await events.step()
    listener.error = None
    events.report("seen", "ada", "2")
    assert await events.step() is True
    assert [event.count for event in listener.heard] == [2]


async def test_an_event_that_a_listener_fails_on_is_dropped(
    listener: Listener, metrics: RecordingMetrics
) -> None:
    events = make(listener, metrics)
    events.report("seen", "ada")
    listener.error = RuntimeError("on purpose")
    assert [await events.step() for _ in range(2)] == [True, False]
    assert metrics.counters == {"lifecycle_events_dropped:seen": 1}


async def test_their_number_is_bounded(listener: Listener, metrics: RecordingMetrics) -> None:
    events = make(listener, metrics)
    for number in range(LIMIT + 2):
        events.report("seen", str(number))
    events.report("seen", "0")
    while await events.step():
        pass
    assert len(listener.heard) == LIMIT
    assert listener.heard[0].count == 2
    assert metrics.counters == {"lifecycle_events_dropped:seen": 2}


async def test_what_waits_at_a_stop_is_told(
    listener: Listener, metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 60)
    events = make(listener, metrics)
    async with running(events):
        events.report("seen", "ada")
    assert [event.subject for event in listener.heard] == ["ada"]
