"""Events that were damaged on their way: read as events, or told to be none; nothing else."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.mapping import REGISTERED, to_event
from app.application.notification.projection import NotificationProjection
from chassis.application.consuming.ingest import Ingest
from chassis.application.consuming.upcasting import UnknownType, Upcasting
from chassis.application.event import Event
from chassis.application.ports.codec import Undecodable
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, memory_notifications
from tests.unit.support import RecordingMetrics, RecordingSignal, make_notification

CODEC = CloudEventsCodec("/my-service")

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)
fields = st.sampled_from(["receiver", "action_type", "action_data", "actioner", "fired_at", "id"])


def body() -> bytes:
    """Return an event, as good as one can be."""
    return CODEC.encode(to_event(make_notification(action_data={"a": [1, "ж"]}))).body


def damaged(whole: bytes, at: float, removed: int, added: bytes) -> bytes:
    """Return the body with some bytes replaced by others."""
    start = int(at * len(whole))
    return whole[:start] + added + whole[start + removed :]


def decoded(data: bytes) -> Event | None:
    """Return the event in `data`, if it can be read as one."""
    try:
        return CODEC.decode(data)
    except Undecodable:
        return None


async def ingested(data: bytes) -> None:
    """Have a batch ingested: this one, and a good one."""
    database, good = MemoryDatabase(), body()
    projection = NotificationProjection(memory_notifications, MemoryCache(ttl=60))
    handle = Ingest(
        {REGISTERED: lambda: projection},
        MemoryUnitOfWork(database),
        RecordingSignal(),
        lambda _: True,
        system_clock,
        RecordingMetrics(),
        timedelta(days=30),
        lambda _: None,
    )
    events = [CODEC.decode(data), CODEC.decode(good)]

    handled = await handle(events)

    stored = [entry.event.id for entry in database.state.journal]
    assert len(stored) + len(handled.faults) == len({event.id for event in events})
    assert events[1].id in stored


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 20), st.binary(max_size=8))
async def test_damage_makes_an_event_undecodable_a_fault_or_another_event(
    at: float, removed: int, added: bytes
) -> None:
    data = damaged(body(), at, removed, added)

    event = decoded(data)

    if event is not None:
        if event.type == REGISTERED:
            await ingested(data)
        else:
            # The consumer ingests no type that it does not know.
            with pytest.raises(UnknownType):
                Upcasting({}, [], RecordingMetrics()).upcast(event)
        # A decoded value can be encoded, and is the same then.
        assert CODEC.decode(CODEC.encode(event).body) == event


@given(name=fields, value=jsons)
async def test_any_value_in_a_field_is_stored_or_a_fault(name: str, value: object) -> None:
    document = json.loads(body())
    document["data"][name] = value

    data = json.dumps(document).encode()
    if decoded(data) is not None:
        await ingested(data)
