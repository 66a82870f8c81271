"""Streams over gRPC: one for each aggregate, which has a service of its own."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from tools.drill.over.grpc import OPTIONS, generated
from tools.drill.streaming.stream import CLOSED, Item, LostError, Stream


def notifications_over_grpc(port: int, project: Path, fields: Mapping[str, str]) -> Stream:
    """Return the notification's stream for these fields of the request."""
    messages = generated(project, "notifications")

    def item(message: Any) -> Item:
        event = messages.Event.Name(message.event).removeprefix("EVENT_").lower()
        data = {"id": message.notification.id} if message.HasField("notification") else {}
        return Item(event, message.cursor, data)

    return _over_grpc(port, messages, "notifications.v1.NotificationService", fields, item)


def orders_over_grpc(port: int, project: Path, fields: Mapping[str, str]) -> Stream:
    """Return the order's stream for these fields of the request."""

    def item(message: Any) -> Item:
        data = json.loads(message.data) if message.data else {}
        return Item(message.event, message.cursor, data)

    return _over_grpc(port, generated(project, "orders"), "orders.v1.OrderService", fields, item)


def _over_grpc(
    port: int,
    messages: Any,
    service: str,
    fields: Mapping[str, str],
    item: Callable[[Any], Item],
) -> Stream:
    async def stream(cursor: str) -> AsyncGenerator[Item, None]:
        asked = messages.SubscribeRequest(**fields, cursor=cursor)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS) as channel:
            method = channel.unary_stream(
                f"/{service}/Subscribe",
                request_serializer=messages.SubscribeRequest.SerializeToString,
                response_deserializer=messages.SubscribeResponse.FromString,
            )
            try:
                async for message in method(asked):
                    told = item(message)
                    if told.event == CLOSED:
                        return
                    yield told
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
                raise LostError(error.details()) from error

    return stream
