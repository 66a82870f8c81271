"""The notification's stream, as server-sent events."""

import random

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIType, Schema
from msgspec import Struct

from app.application.bus import Bus
from app.application.notification.messages import StreamItem, Subscribe
from app.interfaces.http.event_stream import MEDIA_TYPE, EventStream
from app.interfaces.http.openapi import problems
from app.interfaces.http.operation import describe
from app.interfaces.http.request import StrictRequest

PATH = "/stream"
TAGS = ("notifications",)


class Following(Struct, frozen=True, forbid_unknown_fields=True):
    """What a subscriber may ask for; `last_event_id` is the cursor to resume after."""

    receiver: str | None = None
    action_type: str | None = None
    last_event_id: str | None = None

    def message(self, last_event_id: str | None = None) -> Subscribe:
        """Return the message; the header that a browser resumes with outdoes the query."""
        cursor = last_event_id or self.last_event_id or None
        return Subscribe(receiver=self.receiver, action_type=self.action_type, cursor=cursor)


@get(
    PATH,
    media_type=MEDIA_TYPE,
    tags=TAGS,
    summary="Follow notifications",
    operation_id="follow_notifications",
    operation_class=describe(
        query=Following, headers={"Last-Event-ID": Schema(type=OpenAPIType.STRING)}
    ),
    responses=problems(400, 401, 403, 404, 429, 503),
)
async def follow_over_events(request: StrictRequest, bus: NamedDependency[Bus]) -> EventStream:
    """Stream notifications as they arrive; the same path upgrades to a WebSocket.

    A block with `id` alone is a heartbeat; `event: reset` says that `last_event_id` cannot be
    resumed. `Last-Event-ID` outdoes the parameter.
    """
    following = request.query_as(Following)
    items = await bus.handle(following.message(request.headers.get("last-event-id")))
    return EventStream(items, _block_once)


def _block_once(item: StreamItem) -> bytes:
    return item.once(_block)


def _block(item: StreamItem) -> bytes:
    cursor = item.cursor.encode()
    match item.event:
        case "notification":
            return b"id: %b\nevent: notification\ndata: %b\n\n" % (cursor, item.data or b"")
        case "heartbeat":
            return b"id: %b\n\n" % cursor
        case "reset":
            return b"id: %b\nevent: reset\ndata: %b\n\n" % (cursor, cursor)
        case "closed" if item.reason == "expired":
            # Another token is needed first.
            return b"id: %b\nevent: closed\ndata: expired\n\n" % cursor
        case "closed":
            # A last heartbeat, so that nobody comes back from further behind than it is, and not
            # all at once: whoever takes them in has just started.
            return b"id: %b\n\nretry: %d\n\n" % (cursor, random.randint(1000, 5000))
