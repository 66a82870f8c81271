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
from app.cli.notification.grpc import to_told
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification import mapping
from app.interfaces.grpc.notification.service import services
from chassis.application.bus import Bus
from chassis.application.streaming.messages import Subscribe
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.requests import request_reader
from chassis.interfaces.grpc.responses import response_writer

TIME = datetime(2030, 1, 2, 3, 4, 5, 678_901, UTC)
ID = UUID("019a0000-0000-7000-8000-000000000000")
NOTE = Notification(receiver="ada", action_type="greeted", fired_at=TIME, registered_at=TIME, id=ID)

to_list = request_reader(pb.ListRequest, ListNotifications)
to_report = request_reader(pb.ReportRequest, Report)
from_list = response_writer(pb.ListResponse, Page | Slice)
from_counts = response_writer(pb.ReportResponse, Counts)

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

    back = to_told(pb.Notification.FromString(sent))
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


class Refused(Exception):
    """Ends a call."""


async def subscribed(asked: pb.SubscribeRequest) -> Subscribe:
    """Return the message that the service makes of the request."""
    got: list[Subscribe] = []

    class Handler:
        async def __call__(self, message: Subscribe) -> Any:
            got.append(message)
            raise Refused

    service: Any = services[0].servicer(Bus({Subscribe: Handler}), 100)
    with pytest.raises(Refused):
        await anext(service.Subscribe(asked, None))
    return got[0]


def test_what_is_not_set_has_its_default() -> None:
    [new] = mapping.to_new([pb.NewNotification(receiver="a", action_type="b")])
    assert new == NewNotification(receiver="a", action_type="b")
    assert to_list(pb.ListRequest()) == ListNotifications()
    assert to_report(pb.ReportRequest()) == Report()


async def test_a_subscription_has_the_filters() -> None:
    assert await subscribed(pb.SubscribeRequest(cursor="")) == subscribe()
    asked = pb.SubscribeRequest(receiver="ada", action_type="left", cursor="e.1")
    assert await subscribed(asked) == subscribe("ada", "left", "e.1")


def test_what_is_empty_or_false_is_not_what_is_not_set() -> None:
    asked = pb.ListRequest(receiver="", is_seen=False, page=0, size=0, cursor="")
    assert to_list(asked) == ListNotifications(
        receiver="", is_seen=False, page=0, size=0, cursor=""
    )


@pytest.mark.parametrize(
    "ask",
    (
        lambda text: to_list(pb.ListRequest(receiver=text)),
        lambda text: to_list(pb.ListRequest(action_type=text)),
        lambda text: to_report(pb.ReportRequest(receiver=text)),
    ),
)
def test_no_filter_has_a_nul(ask: Callable[[str], object]) -> None:
    ask("a")
    with pytest.raises(Invalid, match="must not contain NUL"):
        ask("a\0")


async def test_no_filter_of_a_stream_has_a_nul() -> None:
    with pytest.raises(Invalid, match="must not contain NUL"):
        await subscribed(pb.SubscribeRequest(receiver="a\0"))


def test_the_number_goes_on_from_the_first() -> None:
    with pytest.raises(Invalid) as caught:
        far = {"seconds": 10**15}
        mapping.to_new([pb.NewNotification(), pb.NewNotification(fired_at=far)], 5)
    assert caught.value.field == "notifications[6].fired_at"


@pytest.mark.parametrize("by", (7, -1))
def test_an_unknown_label_of_a_report_is_refused(by: int) -> None:
    said = "must be REPORT_BY_ACTION_TYPE or REPORT_BY_RECEIVER"
    with pytest.raises(Invalid, match=f"^by: {said}$"):
        to_report(pb.ReportRequest(by=by))  # type: ignore[arg-type]  # as a newer client may


def test_lists_by_page_and_by_part() -> None:
    page = from_list(Page(items=[NOTE], page=2, size=3, total=4))
    assert (page.items[0].id, page.page, page.size, page.total) == (str(ID), 2, 3, 4)
    part = from_list(Slice(items=[], next_cursor="a"))
    assert (part.next_cursor, part.HasField("total")) == ("a", False)
    assert not from_list(Slice(items=[], next_cursor=None)).HasField("next_cursor")


def test_counts() -> None:
    told = from_counts(Counts([Count(TIME, "ada", 3)]))
    [item] = told.items
    assert (item.key, item.count, item.bucket.ToDatetime(UTC)) == ("ada", 3, TIME)
