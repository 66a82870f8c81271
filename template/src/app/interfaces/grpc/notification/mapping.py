"""The mapping between the notification's messages and those of its proto file."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any
from uuid import UUID

from msgspec import UNSET, Raw

from app.application.notification.mapping import decode
from app.application.notification.messages import (
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
from chassis.application.errors import NotFound
from chassis.application.streaming.messages import CLOSED, HEARTBEAT, RESET, StreamItem, Subscribe
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.timestamps import stamp_of, time_of

_BY = {
    pb.REPORT_BY_UNSPECIFIED: "action_type",
    pb.REPORT_BY_ACTION_TYPE: "action_type",
    pb.REPORT_BY_RECEIVER: "receiver",
}
EVENTS = {
    STREAMED.event: pb.EVENT_NOTIFICATION,
    HEARTBEAT: pb.EVENT_HEARTBEAT,
    RESET: pb.EVENT_RESET,
    CLOSED: pb.EVENT_CLOSED,
}
REASONS = {
    "draining": pb.REASON_DRAINING,
    "too slow": pb.REASON_TOO_SLOW,
    "expired": pb.REASON_EXPIRED,
}
# Characters of a malformed id that the answer repeats.
_LONGEST_ID = 64


def to_new(asked: Iterable[pb.NewNotification], first: int = 0) -> tuple[NewNotification, ...]:
    """Return the caller's notifications; raises `Invalid`.

    `first` is the number of the first one, for the path of the invalid field.
    """
    return tuple([_to_new(each, index) for index, each in enumerate(asked, first)])


def _to_new(asked: pb.NewNotification, index: int) -> NewNotification:
    path = f"notifications[{index}]."
    return NewNotification(
        receiver=asked.receiver,
        action_type=asked.action_type,
        action_data=Raw(asked.action_data) if asked.action_data else UNSET,
        actioner=asked.actioner if asked.HasField("actioner") else None,
        fired_at=time_of(asked, "fired_at", path),
    )


def to_identity(text: str) -> UUID:
    """Return the id; raises `NotFound` for a malformed one: no notification has it."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is no notification {text[:_LONGEST_ID]}") from None


def to_list(asked: pb.ListRequest) -> ListNotifications:
    """Return the query for a list; raises `Invalid`."""
    return ListNotifications(
        **_given(asked, "receiver", "action_type", "is_seen", "page", "size", "cursor"),
        since=time_of(asked, "since"),
        until=time_of(asked, "until"),
    )


def to_report(asked: pb.ReportRequest) -> Report:
    """Return the query for a report; raises `Invalid`."""
    by = _BY.get(asked.by)
    if by is None:
        raise Invalid("by", "must be REPORT_BY_ACTION_TYPE or REPORT_BY_RECEIVER")
    return Report(
        **_given(asked, "receiver", "action_type", "bucket"),
        by=by,  # type: ignore[arg-type]  # the table has the two words
        since=time_of(asked, "since"),
        until=time_of(asked, "until"),
    )


def to_subscribe(asked: pb.SubscribeRequest) -> Subscribe:
    """Return the subscription, without a cursor if it is empty; raises `Invalid`."""
    return subscribe(**_given(asked, "receiver", "action_type"), cursor=asked.cursor or None)


def to_response(item: StreamItem) -> pb.SubscribeResponse:
    """Return the item as the proto file has it."""
    return pb.SubscribeResponse(
        event=EVENTS[item.event],
        cursor=item.cursor,
        notification=None if item.data is None else from_notification(decode(item.data)),
        reason=None if item.reason is None else REASONS[item.reason],
    )


def _given(asked: Any, *fields: str) -> dict[str, Any]:
    given = {field: getattr(asked, field) for field in fields if asked.HasField(field)}
    for field, value in given.items():
        if isinstance(value, str) and "\0" in value:
            raise Invalid(field, "must not contain NUL characters")
    return given


def from_notification(told: Notification) -> pb.Notification:
    """Return the notification as the proto file has it."""
    return pb.Notification(
        id=str(told.id),
        receiver=told.receiver,
        action_type=told.action_type,
        action_data=bytes(told.action_data).decode(),
        actioner=told.actioner,
        fired_at=stamp_of(told.fired_at),
        registered_at=stamp_of(told.registered_at),
        is_seen=told.is_seen,
    )


def to_told(told: pb.Notification) -> Notification:
    """Return the notification of the proto file's message, for a client."""
    return Notification(
        id=UUID(told.id),
        receiver=told.receiver,
        action_type=told.action_type,
        action_data=Raw(told.action_data),
        actioner=told.actioner if told.HasField("actioner") else None,
        fired_at=told.fired_at.ToDatetime(UTC),
        registered_at=told.registered_at.ToDatetime(UTC),
        is_seen=told.is_seen,
    )


def from_list(told: Page | Slice) -> pb.ListResponse:
    """Return the page, or the slice, of a list."""
    items = [from_notification(item) for item in told.items]
    if isinstance(told, Page):
        return pb.ListResponse(items=items, page=told.page, size=told.size, total=told.total)
    return pb.ListResponse(items=items, next_cursor=told.next_cursor)


def from_counts(told: Counts) -> pb.ReportResponse:
    """Return the report."""
    return pb.ReportResponse(
        items=[
            pb.Count(bucket=stamp_of(each.bucket), key=each.key, count=each.count)
            for each in told.items
        ]
    )
