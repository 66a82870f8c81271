from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.application.notification.commands.register import RegisterHandler
from app.domain.notification.action_data import MAX_VALUES
from chassis.application.backlog import Backlog
from chassis.application.context import new_context, use_context
from chassis.application.errors import Busy, TooMany, Unavailable
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of
from chassis.domain.json_text import JsonText
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase
from tests.unit.application.notification.commands.registering import (
    MARK,
    MAX_BATCH,
    make_backlog,
    message,
    run_register,
)
from tests.unit.support import (
    ManualClock,
    RecordingMetrics,
    RecordingSignal,
    make_new,
    refusal,
)

backlog = pytest.fixture(make_backlog)
register = pytest.fixture(run_register)


def assert_nothing_stored(database: MemoryDatabase) -> None:
    state = database.state
    assert (state.notifications, state.outbox, state.keys) == ({}, {}, {})


async def test_one_is_stored_and_put_into_the_outbox(
    register: RegisterHandler, database: MemoryDatabase, codec: CloudEventsCodec
) -> None:
    new = make_new(receiver="a.b", action_type="x y", action_data={"n": [1]}, actioner="bob")

    (identity,) = (await register(message(new))).ids

    stored = database.state.notifications[identity]
    assert (stored.receiver, stored.action_type, stored.actioner) == ("a.b", "x y", "bob")
    assert (stored.action_data, stored.is_seen) == (JsonText(b'{"n":[1]}'), False)
    (row,) = database.state.outbox.values()
    assert row.envelope.id == identity
    assert row.envelope.routing_key == "notification.x%20y.a%2Eb"
    assert codec.decode(row.envelope.body).id == identity


async def test_many_get_growing_ids_in_the_callers_order(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    receivers = [f"r{number}" for number in range(MAX_BATCH)]

    ids = (await register(message(*(make_new(receiver=name) for name in receivers)))).ids

    assert list(ids) == sorted(ids)
    assert [database.state.notifications[identity].receiver for identity in ids] == receivers
    assert tuple(database.state.outbox) == ids


async def test_the_time_of_registration_is_the_ids_own(
    register: RegisterHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    (identity,) = (await register(message())).ids

    stored = database.state.notifications[identity]
    assert stored.registered_at == stored.fired_at == time_of(identity)
    assert clock.now - timedelta(milliseconds=1) < stored.registered_at <= clock.now


async def test_the_callers_time_is_kept_in_utc(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    (identity,) = (
        await register(message(make_new(fired_at=datetime.fromisoformat("2020-01-01T01:00+01:00"))))
    ).ids

    fired_at = database.state.notifications[identity].fired_at
    assert (fired_at, fired_at.tzinfo) == (datetime(2020, 1, 1, tzinfo=UTC), UTC)


async def test_the_relay_is_woken_and_the_new_ones_are_counted(
    register: RegisterHandler, signal: RecordingSignal, metrics: RecordingMetrics
) -> None:
    await register(message(make_new(), make_new()))
    await signal.wait(timeout=1)

    assert signal.notified == 1
    assert metrics.counters["items_accepted:notifications.register"] == 2


async def test_the_event_carries_the_request_and_its_trace(
    register: RegisterHandler, database: MemoryDatabase, codec: CloudEventsCodec
) -> None:
    with use_context(new_context("request-1")) as context:
        await register(message())

    (row,) = database.state.outbox.values()
    event = codec.decode(row.envelope.body)
    assert (event.request_id, event.traceparent) == ("request-1", context.traceparent)


async def test_a_failure_stores_nothing_at_all(
    register: RegisterHandler, database: MemoryDatabase, signal: RecordingSignal
) -> None:
    with pytest.raises(RuntimeError):
        await register(message(make_new(), make_new(receiver="bad"), key="k"))

    assert_nothing_stored(database)
    assert signal.notified == 0


async def test_a_database_that_is_away_is_told_to_the_caller(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    database.available = False

    with pytest.raises(Unavailable):
        await register(message())


@pytest.mark.parametrize(
    ("notifications", "told"),
    (
        ([{"receiver": ""}], "receiver: must have 1 to 64 characters"),
        ([{"action_data": {"a": "\0"}}], "action_data.a: must not contain NUL characters"),
        (
            [{}, {"action_data": {"a": [{}] * MAX_VALUES}}],
            "[1].action_data: must have at most 10,000 values",
        ),
        (
            [{}, {"receiver": "ж" * 60}],
            "[1].receiver: must have at most 110 bytes when percent-encoded",
        ),
        (
            [{"action_data": {"a": ["\0"]}}, {}],
            "[0].action_data.a[0]: must not contain NUL characters",
        ),
    ),
)
async def test_a_bad_element_is_named_by_its_path_and_nothing_is_stored(
    register: RegisterHandler,
    database: MemoryDatabase,
    notifications: list[dict[str, Any]],
    told: str,
) -> None:
    news = [make_new(**fields) for fields in notifications]

    assert await refusal(register(message(*news))) == told
    assert_nothing_stored(database)


async def test_more_than_one_request_may_hold_is_refused(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    with pytest.raises(TooMany, match=f"at most {MAX_BATCH} notifications fit into one request"):
        await register(message(*(make_new() for _ in range(MAX_BATCH + 1))))

    assert_nothing_stored(database)


async def test_callers_are_turned_away_while_too_much_waits_for_the_broker(
    register: RegisterHandler, backlog: Backlog, database: MemoryDatabase
) -> None:
    for _ in range(MARK + 1):
        await register(message())
    await backlog.step()

    with pytest.raises(Busy):
        await register(message())
    assert len(database.state.notifications) == MARK + 1


async def test_what_is_refused_is_counted_by_its_reason(
    register: RegisterHandler, database: MemoryDatabase, metrics: RecordingMetrics
) -> None:
    with pytest.raises(Invalid):
        await register(message(make_new(), make_new(receiver="")))
    database.available = False
    with pytest.raises(Unavailable):
        await register(message())

    assert metrics.counters["notifications_refused:Invalid"] == 2
    assert metrics.counters["notifications_refused:Unavailable"] == 1


async def test_each_reason_has_its_counter_from_the_start(
    register: RegisterHandler, metrics: RecordingMetrics
) -> None:
    reasons = {name.partition(":")[2] for name in metrics.zeros if "refused" in name}
    assert {"Invalid", "TooMany", "KeyReused", "Busy", "Unavailable"} <= reasons
    assert "items_accepted:notifications.register" in metrics.zeros
