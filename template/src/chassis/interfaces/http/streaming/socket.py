"""The stream as WebSocket text frames."""

from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler
from msgspec import UNSET, Raw, Struct, UnsetType

from chassis.application.bus import Bus
from chassis.application.streaming.messages import CLOSED, ItemStream, StreamItem
from chassis.interfaces.http.query import decode_query
from chassis.interfaces.http.socket_stream import Closed, stream_over_socket
from chassis.interfaces.http.streaming.events import PATH
from chassis.interfaces.http.streaming.stream_query import StreamQuery

_encoder = msgspec.json.Encoder()

_CODES = {"draining": 1001, "too slow": 1013, "expired": 1008}


class Frame(Struct, frozen=True):
    """One text frame."""

    event: str
    cursor: str
    data: Raw | UnsetType = UNSET


def follow_over_socket(query: StreamQuery) -> ControllerRouterHandler:
    """Return the route."""

    @websocket(PATH)
    async def follow(socket: WebSocket[Any, Any, Any], bus: NamedDependency[Bus]) -> None:
        """Stream events as they arrive; messages of the client are ignored."""

        async def subscribe() -> ItemStream:
            asked = decode_query(socket.scope["query_string"], query.query)
            last = socket.headers.get("last-event-id")
            return await bus.handle(query.message(asked, last))

        await stream_over_socket(socket, subscribe, _frame_once)

    return follow


def _frame_once(item: StreamItem) -> str | Closed:
    return item.once(_frame)


def _frame(item: StreamItem) -> str | Closed:
    if item.event == CLOSED:
        reason = item.reason or "draining"
        return Closed(_CODES[reason], reason)
    data = UNSET if item.data is None else item.data
    return _encoder.encode(Frame(item.event, item.cursor, data)).decode()
