import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from app.application.access.caller import Caller
from app.application.backlog import Backlog
from app.application.context import new_context, use_context
from app.application.errors import Busy, KeyReused, TooMany, Unavailable
from app.application.event import Event
from app.application.notification.commands import register as module
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import NewNotification, Register, Registered
from app.application.notification.registrar import Registrar
from app.application.ports.outbox import Envelope
from app.domain.errors import Invalid
from app.domain.json_text import JsonText
from app.domain.notification.action_data import MAX_VALUES
from app.domain.notification.identity import time_of
from app.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryPending, MemoryUnitOfWork
from tests.unit.support import (
    IdGenerator,
    ManualClock,
    RecordingMetrics,
    RecordingWake,
    make_new,
    refusal,
)

MAX_BATCH = 5
MARK = 7


class FailingCodec(CloudEventsCodec):
    """Encodes one event and fails at the next."""

    def encode(self, event: Event) -> Envelope:
        if event.subject == "bad":
            raise RuntimeError("no such luck")
        return super().encode(event)


@pytest.fixture
def backlog(database: MemoryDatabase, clock: ManualClock, metrics: RecordingMetrics) -> Backlog:
    return Backlog(MemoryPending(database), clock, metrics, MARK)


@pytest.fixture
async def register(
    work: MemoryUnitOfWork,
    backlog: Backlog,
    clock: ManualClock,
    wake: RecordingWake,
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RegisterHandler]:
    monkeypatch.setattr(module, "new_id", IdGenerator())
    registrar = Registrar(work, wake, metrics)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(registrar.run(stopping))
        yield RegisterHandler(registrar, FailingCodec("/tests"), backlog, clock, metrics, MAX_BATCH)
        stopping.set()


def message(*notifications: NewNotification, key: str | None = None) -> Register:
    return Register(notifications=notifications or (make_new(),), idempotency_key=key)


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
    register: RegisterHandler, wake: RecordingWake, metrics: RecordingMetrics
) -> None:
    await register(message(make_new(), make_new()))
    await wake.wait(timeout=1)

    assert wake.rings == 1
    assert metrics.counters["notifications_accepted"] == 2


async def test_the_event_carries_the_request_and_its_trace(
    register: RegisterHandler, database: MemoryDatabase, codec: CloudEventsCodec
) -> None:
    with use_context(new_context("request-1")) as context:
        await register(message())

    (row,) = database.state.outbox.values()
    event = codec.decode(row.envelope.body)
    assert (event.request_id, event.traceparent) == ("request-1", context.traceparent)


async def test_a_failure_stores_nothing_at_all(
    register: RegisterHandler, database: MemoryDatabase, wake: RecordingWake
) -> None:
    with pytest.raises(RuntimeError):
        await register(message(make_new(), make_new(receiver="bad"), key="k"))

    assert_nothing_stored(database)
    assert wake.rings == 0


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
    with pytest.raises(TooMany, match=f"at most {MAX_BATCH}"):
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


async def test_the_same_key_and_body_are_answered_as_before(
    register: RegisterHandler, database: MemoryDatabase, wake: RecordingWake
) -> None:
    first = await register(message(make_new(action_data={"a": 1, "b": 2}), make_new(), key="k"))
    again = await register(message(make_new(action_data={"b": 2, "a": 1}), make_new(), key="k"))

    assert again == first
    assert set(database.state.notifications) == set(database.state.outbox) == set(first.ids)
    assert wake.rings == 1


async def test_the_same_key_with_another_body_is_refused(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    await register(message(key="k"))

    with pytest.raises(KeyReused):
        await register(message(make_new(receiver="eve"), key="k"))
    assert len(database.state.notifications) == 1


async def test_a_key_belongs_to_its_caller(register: RegisterHandler) -> None:
    async def registered_by(name: str) -> Registered:
        with use_context(msgspec.structs.replace(new_context(), caller=Caller(name=name))):
            return await register(message(key="k"))

    answers = [await registered_by(name) for name in ("ada", "bob", "ada")]

    assert answers[0] == answers[2] != answers[1]


@pytest.mark.parametrize(
    ("given", "hashed"),
    (
        (b'{"receiver":"ada","action_type":"x"}', b'{"receiver":"ada","action_type":"x"}'),
        (
            b'{"receiver":"ada","action_type":"x","action_data": { }}',
            b'{"receiver":"ada","action_type":"x"}',
        ),
        (
            b'{"action_data":{"b":1e1,\n"a":{"d":[],"c":"\\u00e9"}},"receiver":"a","action_type":"x"}',
            '{"receiver":"a","action_type":"x","action_data":{"a":{"c":"é","d":[]},"b":10.0}}'.encode(),
        ),
    ),
)
async def test_the_hash_of_a_request_is_the_one_that_earlier_versions_stored(
    register: RegisterHandler, database: MemoryDatabase, given: bytes, hashed: bytes
) -> None:
    new = msgspec.json.decode(given, type=NewNotification)

    await register(message(new, key="k"))

    ((_, remembered),) = database.state.keys.values()
    assert remembered.request_hash == sha256(b"[%b]" % hashed).digest()


async def test_whoever_has_no_name_shares_the_keys_of_the_anonymous(
    register: RegisterHandler,
) -> None:
    with use_context(new_context()):
        anonymous = await register(message(key="k"))

    assert await register(message(key="k")) == anonymous


async def test_another_key_is_another_request(register: RegisterHandler) -> None:
    assert await register(message(key="k")) != await register(message(key="l"))


async def test_a_key_of_a_failed_request_is_free_again(register: RegisterHandler) -> None:
    with pytest.raises(RuntimeError):
        await register(message(make_new(receiver="bad"), key="k"))

    assert len((await register(message(key="k"))).ids) == 1


async def test_requests_without_a_key_are_never_the_same(register: RegisterHandler) -> None:
    assert await register(message()) != await register(message())


def test_what_a_caller_leaves_out_does_not_count_for_a_key() -> None:
    # Else a key that is used again after an update, which has one more field, would be refused.
    new = NewNotification(receiver="ada", action_type="greeted")

    assert msgspec.json.encode(new) == b'{"receiver":"ada","action_type":"greeted"}'
