"""A caller over gRPC, with the messages that the service's own generated code describes."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from tools.drill.over.caller import PATIENCE, RefusedError, UnansweredError, UnreachedError

SERVICE = "/notifications.v1.NotificationService"
GENERATED = "src/app/interfaces/grpc/generated/{0}/v1/{0}_pb2.py"

OPTIONS = (
    # A connection of its own, made again soon; and what has failed has failed.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.enable_retries", 0),
)


class GrpcCaller:
    """Calls `Register` and `Subscribe`."""

    def __init__(self, port: int, messages: Any, token: str = "") -> None:
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
        self._messages = messages
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()

    async def register(self, notification: Mapping[str, Any], key: str = "") -> str:
        """Register one and return its id, as `Caller` says."""
        told = {**notification, "action_data": json.dumps(notification.get("action_data", {}))}
        asked = self._messages.RegisterRequest(
            notifications=[self._messages.NewNotification(**told)]
        )
        method = self._channel.unary_unary(
            f"{SERVICE}/Register",
            request_serializer=self._messages.RegisterRequest.SerializeToString,
            response_deserializer=self._messages.RegisterResponse.FromString,
        )
        metadata = (*self._metadata, *((("idempotency-key", key),) if key else ()))
        try:
            answer = await method(asked, timeout=PATIENCE, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise _failure(error) from error
        return str(answer.ids[0])

    async def follow(self, opened: Callable[[], None]) -> str:
        """Follow the stream and return why it has ended, as `Caller` says."""
        method = self._channel.unary_stream(
            f"{SERVICE}/Subscribe",
            request_serializer=self._messages.SubscribeRequest.SerializeToString,
            response_deserializer=self._messages.SubscribeResponse.FromString,
        )
        closed = self._messages.EVENT_CLOSED
        reason = "ended"
        call = method(self._messages.SubscribeRequest(), metadata=self._metadata)
        try:
            await call.initial_metadata()
            opened()
            async for message in call:
                if message.event == closed:
                    reason = self._messages.Reason.Name(message.reason)
        except grpc.aio.AioRpcError as error:
            failure = _failure(error)
            if isinstance(failure, RefusedError):
                return str(failure)
            return "cut"
        return reason.removeprefix("REASON_").lower()

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()


def messages(project: Path) -> Any:
    """Return the module of the notification's messages that a project has."""
    return generated(project, "notifications")


@cache
def generated(project: Path, aggregate: str) -> Any:
    """Return the module of an aggregate's messages that a project has."""
    file = project / GENERATED.format(aggregate)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _failure(error: grpc.aio.AioRpcError) -> Exception:
    details = error.details() or ""
    # An answer of the service itself has a request id; the rest are gRPC's reports of a connection.
    trailing = dict(error.trailing_metadata() or ())
    if "x-request-id" in trailing:
        unavailable = error.code() is grpc.StatusCode.UNAVAILABLE
        return RefusedError("busy" if unavailable else error.code().name.lower())
    if "failed to connect" in details.lower() or "connection refused" in details.lower():
        return UnreachedError(details)
    return UnansweredError(f"{error.code().name}: {details}")
