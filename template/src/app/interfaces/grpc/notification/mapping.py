"""The mapping between the notification's messages and those of its proto file."""

from collections.abc import Iterable

from msgspec import UNSET, Raw

from app.application.notification.mapping import decode
from app.application.notification.messages import NewNotification, Notification
from app.application.notification.stream import STREAMED
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.application.streaming.messages import CLOSED, HEARTBEAT, RESET, StreamItem
from chassis.interfaces.grpc.responses import response_writer
from chassis.interfaces.grpc.timestamps import time_of

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

from_notification = response_writer(pb.Notification, Notification)


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


def to_response(item: StreamItem) -> pb.SubscribeResponse:
    """Return the item as the proto file has it."""
    return pb.SubscribeResponse(
        event=EVENTS[item.event],
        cursor=item.cursor,
        notification=None if item.data is None else from_notification(decode(item.data)),
        reason=None if item.reason is None else REASONS[item.reason],
    )
