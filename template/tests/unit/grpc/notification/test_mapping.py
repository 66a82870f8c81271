import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis.strategies import (
    booleans,
    datetimes,
    dictionaries,
    floats,
    integers,
    just,
    lists,
    none,
    recursive,
    text,
    uuids,
)
from msgspec import Raw

from app.application.notification.messages import (
    Count,
    Counts,
    ListNotifications,
    NewNotification,
    Notification,
    Page,
    Report,
    Slice,
)
from app.application.notification.stream import STREAMED, subscribe
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification import mapping
from chassis.application.errors import NotFound
from chassis.domain.errors import Invalid

TIME = datetime(2030, 1, 2, 3, 4, 5, 678_901, UTC)
ID = UUID("019a0000-0000-7000-8000-000000000000")
NOTE = Notification(receiver="ada", action_type="greeted", fired_at=TIME, registered_at=TIME, id=ID)

strings = text()
numbers = integers(-(2**63), 2**64 - 1) | floats(allow_nan=False, allow_infinity=False)
values = recursive(
    none() | booleans() | numbers | strings,
    lambda inner: lists(inner, max_size=3) | dictionaries(strings, inner, max_size=3),
    max_leaves=10,
)


@given(
    dictionaries(strings, values, max_size=4),
    none() | strings,
    datetimes(timezones=just(UTC)),
    uuids(),
    booleans(),
)
def test_a_notification_comes_back_whole(
    data: dict[str, Any], actioner: str | None, time: datetime, identity: UUID, seen: bool
) -> None:
    told = Notification(
        receiver="ada",
        action_type="greeted",
        action_data=Raw(msgspec.json.encode(data)),
        actioner=actioner,
        fired_at=time,
        registered_at=TIME,
        id=identity,
        is_seen=seen,
    )
    sent = mapping.from_notification(told).SerializeToString()

    back = mapping.to_told(pb.Notification.FromString(sent))
    assert back == told
    assert json.dumps(msgspec.json.decode(back.action_data)) == json.dumps(data)


def test_every_field_of_a_notification_is_in_the_proto_file() -> None:
    for kind, message in (
        (NewNotification, pb.NewNotification),
        (Notification, pb.Notification),
        (ListNotifications, pb.ListRequest),
        (Report, pb.ReportRequest),
        (Count, pb.Count),
    ):
        fields = {field.name for field in message.DESCRIPTOR.fields}
        assert set(kind.__struct_fields__) == fields
    words = {field.name for field in pb.SubscribeRequest.DESCRIPTOR.fields}
    assert words == {STREAMED.subject, STREAMED.tag, "cursor"}


def test_what_is_not_set_has_its_default() -> None:
    [new] = mapping.to_new([pb.NewNotification(receiver="a", action_type="b")])
    assert new == NewNotification(receiver="a", action_type="b")
    assert mapping.to_list(pb.ListRequest()) == ListNotifications()
    assert mapping.to_report(pb.ReportRequest()) == Report()
    assert mapping.to_subscribe(pb.SubscribeRequest(cursor="")) == subscribe()
    asked = pb.SubscribeRequest(receiver="ada", action_type="left", cursor="e.1")
    assert mapping.to_subscribe(asked) == subscribe("ada", "left", "e.1")


def test_what_is_empty_or_false_is_not_what_is_not_set() -> None:
    asked = pb.ListRequest(receiver="", is_seen=False, page=0, size=0, cursor="")
    assert mapping.to_list(asked) == ListNotifications(
        receiver="", is_seen=False, page=0, size=0, cursor=""
    )


@pytest.mark.parametrize(
    "ask",
    (
        lambda text: mapping.to_list(pb.ListRequest(receiver=text)),
        lambda text: mapping.to_list(pb.ListRequest(action_type=text)),
        lambda text: mapping.to_report(pb.ReportRequest(receiver=text)),
        lambda text: mapping.to_subscribe(pb.SubscribeRequest(receiver=text)),
    ),
)
def test_no_filter_has_a_nul(ask: Callable[[str], object]) -> None:
    ask("a")
    with pytest.raises(Invalid, match="must not contain NUL"):
        ask("a\0")


def test_the_number_goes_on_from_the_first() -> None:
    with pytest.raises(Invalid) as caught:
        far = {"seconds": 10**15}
        mapping.to_new([pb.NewNotification(), pb.NewNotification(fired_at=far)], 5)
    assert caught.value.field == "notifications[6].fired_at"


@pytest.mark.parametrize("identity", ("", "x", str(ID)[:-1]))
def test_under_what_is_no_id_there_is_nothing(identity: str) -> None:
    with pytest.raises(NotFound):
        mapping.to_identity(identity)


def test_lists_by_page_and_by_part() -> None:
    page = mapping.from_list(Page(items=[NOTE], page=2, size=3, total=4))
    assert (page.items[0].id, page.page, page.size, page.total) == (str(ID), 2, 3, 4)
    part = mapping.from_list(Slice(items=[], next_cursor="a"))
    assert (part.next_cursor, part.HasField("total")) == ("a", False)
    assert not mapping.from_list(Slice(items=[], next_cursor=None)).HasField("next_cursor")


def test_counts() -> None:
    told = mapping.from_counts(Counts([Count(TIME, "ada", 3)]))
    [item] = told.items
    assert (item.key, item.count, item.bucket.ToDatetime(UTC)) == ("ada", 3, TIME)
