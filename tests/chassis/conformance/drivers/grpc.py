"""gRPC, by the messages of the proto file and raw calls."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, Self

import grpc
import grpc.aio
import msgspec
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from tests.chassis.conformance.driver import Disconnected, Failed, Item

TIMEOUT = 20.0

_SERVICE = pb.DESCRIPTOR.services_by_name["NotificationService"]
_TIMES = ("since", "until", "fired_at")
_EVENTS = {
    pb.EVENT_NOTIFICATION: "notification",
    pb.EVENT_HEARTBEAT: "heartbeat",
    pb.EVENT_RESET: "reset",
    pb.EVENT_CLOSED: "closed",
}
_REASONS = {
    pb.REASON_DRAINING: "draining",
    pb.REASON_TOO_SLOW: "too slow",
    pb.REASON_EXPIRED: "expired",
}
_BY = {"action_type": pb.REPORT_BY_ACTION_TYPE, "receiver": pb.REPORT_BY_RECEIVER}
# Errors of gRPC itself, without our details.
_PLAIN = {grpc.StatusCode.RESOURCE_EXHAUSTED: "too-large"}


class Driver:
    """A channel, with the metadata that says who calls."""

    def __init__(self, channel: grpc.aio.Channel, token: str | None) -> None:
        self._channel = channel
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, token: str | None = None) -> AsyncIterator[Self]:
        """Connect; a token is not looked at before the first call."""
        options = [
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.max_receive_message_length", -1),
        ]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options) as channel:
            yield cls(channel, token)

    async def register(self, notifications: Sequence[Any], key: str | None = None) -> list[str]:
        """Register and return the ids."""
        asked = pb.RegisterRequest(notifications=[_new(each) for each in notifications])
        more = (("idempotency-key", key),) if key is not None else ()
        return list((await self._ask("Register", asked, *more)).ids)

    async def list(self, **query: Any) -> dict[str, Any]:
        """Return a page or a slice."""
        told = await self._ask("List", _message(pb.ListRequest, query))
        items = [_notification(item) for item in told.items]
        if told.HasField("total"):
            return {"items": items, "page": told.page, "size": told.size, "total": told.total}
        cursor = told.next_cursor if told.HasField("next_cursor") else None
        return {"items": items, "next_cursor": cursor}

    async def get(self, identity: str) -> dict[str, Any]:
        """Return a notification."""
        return _notification((await self._ask("Get", pb.GetRequest(id=identity))).notification)

    async def mark_seen(self, identity: str, is_seen: bool) -> dict[str, Any]:
        """Set the seen state and return the notification."""
        asked = pb.MarkSeenRequest(id=identity, is_seen=is_seen)
        return _notification((await self._ask("MarkSeen", asked)).notification)

    async def report(self, **query: Any) -> dict[str, Any]:
        """Return the counts."""
        if "by" in query:
            # A word that is none of them has a number that is none of theirs.
            query["by"] = _BY.get(query["by"], 99)
        told = await self._ask("Report", _message(pb.ReportRequest, query))
        items = [
            {"bucket": _time(item.bucket), "key": item.key, "count": item.count}
            for item in told.items
        ]
        return {"items": items}

    @asynccontextmanager
    async def subscribed(self, **query: Any) -> AsyncIterator[AsyncIterator[Item]]:
        """Subscribe; what refuses it is raised before the block."""
        method: Any = self._channel.unary_stream(
            f"/{_SERVICE.full_name}/Subscribe",
            request_serializer=pb.SubscribeRequest.SerializeToString,
            response_deserializer=pb.SubscribeResponse.FromString,
        )
        call = method(_message(pb.SubscribeRequest, query), metadata=self._metadata)
        try:
            yield _items(call, await _read(call))
        finally:
            call.cancel()

    async def _ask(self, name: str, asked: Message, *more: tuple[str, str]) -> Any:
        method = _SERVICE.methods_by_name[name]
        call: Any = self._channel.unary_unary(
            f"/{_SERVICE.full_name}/{name}",
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        try:
            return await call(asked, timeout=TIMEOUT, metadata=(*self._metadata, *more))
        except grpc.aio.AioRpcError as error:
            raise _failure(error) from None


async def _read(call: Any) -> Any:
    try:
        return await call.read()
    except grpc.aio.AioRpcError as error:
        raise _failure(error) from None


async def _items(call: Any, message: Any) -> AsyncIterator[Item]:
    while message is not grpc.aio.EOF:
        has_data = message.HasField("notification")
        yield Item(
            event=_EVENTS[message.event],
            cursor=message.cursor,
            data=_notification(message.notification) if has_data else None,
            reason=_REASONS[message.reason] if message.HasField("reason") else None,
        )
        if message.event == pb.EVENT_CLOSED:
            # The status says no more than that.
            return
        message = await _read(call)


def _failure(error: grpc.aio.AioRpcError) -> Exception:
    status, info, fields, retry = Status(), ErrorInfo(), BadRequest(), RetryInfo()
    metadata = dict(error.trailing_metadata() or ())
    status.ParseFromString(bytes(metadata.get("grpc-status-details-bin", b"")))
    for packed in status.details:
        for detail in (info, fields, retry):
            packed.Unpack(detail)
    kind = info.reason or _PLAIN.get(error.code())
    if kind is None:
        return Disconnected(f"{error.code().name}: {error.details()}")
    field = fields.field_violations[0].field if fields.field_violations else None
    return Failed(
        kind,
        error.details() or "",
        field=None if field is None else field.removeprefix("notifications"),
        retry_after=retry.retry_delay.ToTimedelta().total_seconds() or None,
    )


def _new(notification: Any) -> pb.NewNotification:
    fields = dict(notification)
    if "action_data" in fields:
        fields["action_data"] = json.dumps(fields["action_data"])
    return _message(pb.NewNotification, fields)


def _message[Built: Message](kind: type[Built], fields: dict[str, Any]) -> Built:
    """Return the message; what no such message can hold never leaves a gRPC client."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        for name in _TIMES:
            if name in given:
                stamp = Timestamp()
                stamp.FromJsonString(given[name])
                given[name] = stamp
        return kind(**given)
    except (TypeError, ValueError) as error:
        raise Failed("malformed", f"no {kind.__name__} can hold it: {error}") from None


def _notification(told: Any) -> dict[str, Any]:
    return {
        "id": told.id,
        "receiver": told.receiver,
        "action_type": told.action_type,
        "action_data": json.loads(told.action_data),
        "actioner": told.actioner if told.HasField("actioner") else None,
        "fired_at": _time(told.fired_at),
        "registered_at": _time(told.registered_at),
        "is_seen": told.is_seen,
    }


def _time(stamp: Timestamp) -> Any:
    return msgspec.to_builtins(stamp.ToDatetime(UTC))
