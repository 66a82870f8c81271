"""The stream as server-sent events."""

import random

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.types import ControllerRouterHandler

from chassis.application.bus import Bus
from chassis.application.streaming.messages import CLOSED, HEARTBEAT, RESET, StreamItem
from chassis.interfaces.http.event_stream import MEDIA_TYPE, EventStream
from chassis.interfaces.http.openapi import problems
from chassis.interfaces.http.operation import describe
from chassis.interfaces.http.request import StrictRequest
from chassis.interfaces.http.streaming.stream_query import StreamQuery

PATH = "/stream"
TAGS = ("stream",)


def follow_over_events(query: StreamQuery) -> ControllerRouterHandler:
    """Return the route."""

    @get(
        PATH,
        media_type=MEDIA_TYPE,
        tags=TAGS,
        summary="Follow events",
        operation_id="follow_events",
        operation_class=describe(
            query=query.query, headers={"Last-Event-ID": Schema(type=OpenAPIType.STRING)}
        ),
        responses=problems(400, 401, 403, 404, 429, 503),
    )
    async def follow(request: StrictRequest, bus: NamedDependency[Bus]) -> EventStream:
        """Stream events as they arrive; the same path upgrades to a WebSocket.

        `type` (several, separated by commas) and `subject` choose among them. A block with `id`
        alone is a heartbeat; `event: reset` says that `last_event_id` cannot be resumed.
        `Last-Event-ID` overrides the parameter.
        """
        asked = request.query_as(query.query)
        items = await bus.handle(query.message(asked, request.headers.get("last-event-id")))
        return EventStream(items, _block_once)

    return follow


def _block_once(item: StreamItem) -> bytes:
    return item.once(_block)


def _block(item: StreamItem) -> bytes:
    cursor = item.cursor.encode()
    if item.event == HEARTBEAT:
        return b"id: %b\n\n" % cursor
    if item.event == RESET:
        return b"id: %b\nevent: reset\ndata: %b\n\n" % (cursor, cursor)
    if item.event != CLOSED:
        event, data = item.event.encode(), item.data or b""
        return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor, event, data)
    if item.reason == "expired":
        # The client needs another token first.
        return b"id: %b\nevent: closed\ndata: expired\n\n" % cursor
    # A last heartbeat has the client's newest cursor. A random delay spreads the reconnects to a
    # service that has just started.
    return b"id: %b\n\nretry: %d\n\n" % (cursor, random.randint(1000, 5000))
