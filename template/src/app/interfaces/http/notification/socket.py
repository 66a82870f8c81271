"""The notification's stream, as WebSocket text frames."""

from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from msgspec import UNSET, Raw, Struct, UnsetType

from app.application.bus import Bus
from app.application.notification.messages import Stream, StreamItem
from app.interfaces.http.notification.stream import PATH, Following
from app.interfaces.http.query import decode_query
from app.interfaces.http.socket_stream import Closed, stream_over_socket

_encoder = msgspec.json.Encoder()

_CODES = {"draining": 1001, "too slow": 1013, "expired": 1008}


class Frame(Struct, frozen=True):
    """One text frame."""

    event: str
    cursor: str
    data: Raw | UnsetType = UNSET


@websocket(PATH)
async def follow_over_socket(socket: WebSocket[Any, Any, Any], bus: NamedDependency[Bus]) -> None:
    """Stream notifications as they arrive; what the client sends is passed over."""

    async def subscribe() -> Stream:
        following = decode_query(socket.scope["query_string"], Following)
        return await bus.handle(following.message(socket.headers.get("last-event-id")))

    await stream_over_socket(socket, subscribe, _frame_once)


def _frame_once(item: StreamItem) -> str | Closed:
    return item.once(_frame)


def _frame(item: StreamItem) -> str | Closed:
    if item.event == "closed":
        reason = item.reason or "draining"
        return Closed(_CODES[reason], reason)
    data = UNSET if item.data is None else item.data
    return _encoder.encode(Frame(item.event, item.cursor, data)).decode()
