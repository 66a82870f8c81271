"""The notification's gRPC messages, for the commands `send` and `tail`."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import Raw, Struct

from app.application.notification.messages import Notification
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.mapping import EVENTS, REASONS
from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.cli.clients import RequestRefused
from chassis.cli.remote import GrpcCalls
from chassis.interfaces.grpc.requests import values_of

_SERVICE = pb.DESCRIPTOR.services_by_name["NotificationService"].full_name
_values = values_of(pb.Notification)
_EVENTS = {number: event for event, number in EVENTS.items()}
_REASONS = {number: reason for reason, number in REASONS.items()}


class _Sent(Struct, forbid_unknown_fields=True):
    """A notification as a user writes it; the service reports what is wrong in it."""

    receiver: str = ""
    action_type: str = ""
    action_data: Any = msgspec.field(default_factory=dict)
    actioner: str | None = None
    fired_at: str | None = None


def to_request(notifications: Sequence[Any]) -> bytes:
    """Return the request that registers them; raises `RequestRefused` for an invalid one."""
    return pb.RegisterRequest(
        notifications=[_to_new(each) for each in notifications]
    ).SerializeToString()


def to_ids(answer: bytes) -> list[str]:
    """Return the ids in the service's answer."""
    return list(pb.RegisterResponse.FromString(answer).ids)


def to_subscribe(subscribe: Subscribe) -> bytes:
    """Return the request that follows notifications."""
    return pb.SubscribeRequest(
        receiver=subscribe.subject, action_type=subscribe.tag, cursor=subscribe.cursor
    ).SerializeToString()


def to_item(answer: bytes) -> StreamItem:
    """Return the item in a message of the stream."""
    message = pb.SubscribeResponse.FromString(answer)
    data = None
    if message.HasField("notification"):
        data = Raw(msgspec.json.encode(to_told(message.notification)))
    reason = _REASONS.get(message.reason) if message.HasField("reason") else None
    # A newer service may send other items: their cursors still count.
    event = _EVENTS.get(message.event, "heartbeat")
    return StreamItem(event=event, cursor=message.cursor, data=data, reason=cast("Any", reason))


def _to_new(notification: Any) -> pb.NewNotification:
    try:
        sent = msgspec.convert(notification, _Sent)
        fired_at = None
        if sent.fired_at is not None:
            fired_at = Timestamp()
            fired_at.FromJsonString(sent.fired_at)
        return pb.NewNotification(
            receiver=sent.receiver,
            action_type=sent.action_type,
            action_data=msgspec.json.encode(sent.action_data).decode(),
            actioner=sent.actioner,
            fired_at=fired_at,
        )
    except (msgspec.ValidationError, ValueError) as error:
        raise RequestRefused(f"this is no notification: {error}") from None


def to_told(message: pb.Notification) -> Notification:
    """Return the notification in a message of the stream."""
    told = {"id": UUID(message.id), "action_data": Raw(message.action_data)}
    return Notification(**_values(message) | told)


GRPC = GrpcCalls(
    register=f"/{_SERVICE}/Register",
    to_request=to_request,
    to_ids=to_ids,
    subscribe=f"/{_SERVICE}/Subscribe",
    to_subscribe=to_subscribe,
    to_item=to_item,
)
