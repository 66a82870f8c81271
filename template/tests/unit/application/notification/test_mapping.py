from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.mapping import (
    REGISTERED,
    decode,
    encode,
    from_event,
    to_entity,
    to_event,
    to_message,
)
from app.domain.notification.notification import Notification
from chassis.application.context import new_context, use_context
from chassis.application.event import Event
from chassis.domain.errors import Invalid
from chassis.domain.ids import new_id, time_of
from chassis.domain.json_text import JsonText
from tests.unit.support import make_new, make_notification

OFFSET = timezone(timedelta(hours=-3, minutes=-30))

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | texts
values = st.recursive(
    leaves | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
names = texts.filter(bool)
notifications = st.builds(
    make_notification,
    receiver=names,
    action_type=names,
    action_data=st.dictionaries(texts, values, max_size=3),
    actioner=st.none() | names,
    fired_at=st.datetimes(timezones=st.just(UTC)),
)


def told(event: Event) -> Notification:
    """Return the data of the event."""
    return from_event(msgspec.structs.replace(event, time=time_of(event.id)))


@given(notifications)
def test_an_event_tells_all_there_is_to_know(notification: Any) -> None:
    assert told(to_event(notification)) == notification


@given(notifications)
def test_json_tells_all_there_is_to_know(notification: Any) -> None:
    message = to_message(notification)

    assert decode(encode(message)) == decode(encode(notification)) == message
    text = message.action_data
    assert JsonText(bytes(text)) == notification.action_data
    told = msgspec.structs.asdict(message) | {"action_data": notification.action_data}
    assert told == {name: getattr(notification, name) for name in notification.__slots__}


def test_what_a_caller_leaves_out_is_filled_in() -> None:
    identity = new_id(datetime.now(UTC))

    entity = to_entity(make_new(), identity, time_of(identity))

    assert entity == make_notification(id=identity, fired_at=time_of(identity))


def test_a_callers_time_is_turned_to_utc() -> None:
    fired_at = datetime(2026, 1, 1, 20, 30, tzinfo=OFFSET)

    entity = to_entity(make_new(fired_at=fired_at), new_id(fired_at), fired_at)

    assert entity.fired_at == fired_at
    assert entity.fired_at.tzinfo is UTC


def test_what_a_caller_gives_is_checked() -> None:
    with pytest.raises(Invalid):
        to_entity(make_new(receiver=""), uuid4(), datetime.now(UTC))


def test_an_event_is_routed_by_what_happened_and_who_should_know() -> None:
    event = to_event(make_notification(receiver="ada", action_type="greeted"))

    assert event.type == REGISTERED
    assert event.key == ("notification", "greeted", "ada")
    assert event.subject == "ada"


def test_an_event_belongs_to_the_current_request() -> None:
    notification = make_notification()

    with use_context(new_context("r-1")) as context:
        event = to_event(notification)

    assert (event.request_id, event.traceparent) == ("r-1", context.traceparent)
    assert to_event(notification).request_id is None


def test_what_is_seen_elsewhere_is_not_seen_here() -> None:
    assert told(to_event(make_notification(is_seen=True))).is_seen is False


def test_the_id_of_an_event_alone_decides_when_it_was_registered() -> None:
    notification = make_notification()
    liar = datetime(9999, 1, 1, tzinfo=UTC)
    event = to_event(make_notification(id=notification.id, registered_at=liar))

    assert told(event).registered_at == notification.registered_at


def test_the_id_of_an_event_is_the_one_that_counts() -> None:
    # Made in the same millisecond.
    now = datetime.now(UTC)
    notification, other = make_notification(now), make_notification(now)
    event = msgspec.structs.replace(to_event(notification), id=other.id)

    assert told(event) == replace(notification, id=other.id)


@pytest.mark.parametrize(
    ("change", "error"),
    (
        ({"receiver": "a\0"}, Invalid),
        ({"receiver": "ж" * 60}, Invalid),
        ({"receiver": ""}, Invalid),
        ({"receiver": 1}, msgspec.ValidationError),
        ({"action_data": []}, msgspec.ValidationError),
        ({"fired_at": "2026-01-01T00:00:00"}, Invalid),
        ({"fired_at": "0001-01-01T00:00:00+14:00"}, Invalid),
        ({"fired_at": None}, msgspec.ValidationError),
        ({"id": "none"}, msgspec.ValidationError),
    ),
)
def test_a_foreign_event_is_checked(change: dict[str, Any], error: type[Exception]) -> None:
    event = to_event(make_notification())
    data = msgspec.json.decode(event.data) | change
    broken = msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(data)))

    with pytest.raises(error):
        told(broken)


def test_what_an_event_leaves_out_has_its_default() -> None:
    notification = make_notification(action_data={}, actioner=None)
    event = to_event(notification)
    data = msgspec.json.decode(event.data)
    for name in ("action_data", "actioner", "is_seen"):
        del data[name]
    shorter = msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(data)))

    assert told(shorter) == notification


def test_a_field_of_a_newer_version_is_passed_over() -> None:
    notification = make_notification()
    event = to_event(notification)
    data = msgspec.json.decode(event.data) | {"mood": "sunny"}
    newer = msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(data)))

    assert told(newer) == notification
