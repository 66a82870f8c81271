"""The client for grpc and grpcs."""

import ssl
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import grpc
import grpc.aio
import msgspec
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import Raw, Struct

from app.application.following.messages import StreamItem, Subscribe
from app.cli.clients import Disconnected, Refused
from app.cli.credentials import Credentials
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.mapping import EVENTS, REASONS, to_told

TIMEOUT = 30.0

_SERVICE = pb.DESCRIPTOR.services_by_name["NotificationService"].full_name
_EVENTS = {number: event for event, number in EVENTS.items()}
_REASONS = {number: reason for reason, number in REASONS.items()}
# What another try may mend.
_AGAIN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNKNOWN,
)
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    # A dead connection is noticed while nothing comes.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_reconnect_backoff_ms", 5000),
]


class _Sent(Struct, forbid_unknown_fields=True):
    """A notification as a user writes it; what is wrong in it is for the service to say."""

    receiver: str = ""
    action_type: str = ""
    action_data: Any = msgspec.field(default_factory=dict)
    actioner: str | None = None
    fired_at: str | None = None


class GrpcClient:
    """Talks to the service at `url`."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._url = url
        self._headers = credentials.headers
        scheme, _, self._target = url.partition("://")
        self._secured = _secured(credentials) if scheme == "grpcs" else None
        self._opened: grpc.aio.Channel | None = None

    async def register(self, notifications: Sequence[Any], key: str | None) -> list[str]:
        """Register the notifications and return their ids."""
        asked = pb.RegisterRequest(notifications=[_to_new(each) for each in notifications])
        call = self._channel().unary_unary(
            f"/{_SERVICE}/Register",
            request_serializer=pb.RegisterRequest.SerializeToString,
            response_deserializer=pb.RegisterResponse.FromString,
        )
        keyed = (("idempotency-key", key),) if key else ()
        with _reached(self._url):
            answer = await call(asked, timeout=TIMEOUT, metadata=(*self._metadata(), *keyed))
        return list(answer.ids)

    async def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield what the stream delivers until it ends."""
        call = self._channel().unary_stream(
            f"/{_SERVICE}/Subscribe",
            request_serializer=pb.SubscribeRequest.SerializeToString,
            response_deserializer=pb.SubscribeResponse.FromString,
        )
        asked = pb.SubscribeRequest(
            receiver=subscribe.subject,
            action_type=subscribe.tag,
            cursor=subscribe.cursor,
        )
        with _reached(self._url):
            stream = call(asked, metadata=self._metadata())
            try:
                async for message in stream:
                    item = _to_item(message)
                    yield item
                    if item.event == "closed":
                        return
            finally:
                stream.cancel()

    async def close(self) -> None:
        """Close the connection."""
        if self._opened is not None:
            await self._opened.close()

    def _channel(self) -> grpc.aio.Channel:
        # It belongs to the running loop, so it is made there.
        if self._opened is None:
            if self._secured is not None:
                self._opened = grpc.aio.secure_channel(self._target, self._secured, _OPTIONS)
            else:
                self._opened = grpc.aio.insecure_channel(self._target, _OPTIONS)
        return self._opened

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._headers().items())


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
        raise Refused(f"this is no notification: {error}") from None


def _to_item(message: pb.SubscribeResponse) -> StreamItem:
    data = None
    if message.HasField("notification"):
        data = Raw(msgspec.json.encode(to_told(message.notification)))
    reason = _REASONS.get(message.reason) if message.HasField("reason") else None
    # A newer service may tell of more: its cursor counts all the same.
    event = _EVENTS.get(message.event, "heartbeat")
    return StreamItem(
        event=cast("Any", event), cursor=message.cursor, data=data, reason=cast("Any", reason)
    )


def _secured(credentials: Credentials) -> grpc.ChannelCredentials:
    # The system's, or those that `SSL_CERT_FILE` names; gRPC has its own where there are none.
    path = ssl.get_default_verify_paths().cafile
    trusted = Path(path).read_bytes() if path else None
    return grpc.ssl_channel_credentials(trusted, *credentials.pem())


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        code, reason = error.code(), error.details()
        if code is grpc.StatusCode.UNAVAILABLE and not error.trailing_metadata():
            raise Disconnected(
                f"{url} does not answer ({reason}): is the service running there?"
            ) from error
        kind = Disconnected if code in _AGAIN else Refused
        raise kind(f"{code.name}: {reason}") from error


# What `open_client` makes.
CLIENT = GrpcClient
