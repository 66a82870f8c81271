"""The notification's methods: decode, ask the bus, encode."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from app.application.notification.mapping import REGISTERED
from app.application.notification.messages import (
    Counts,
    GetNotification,
    ListNotifications,
    MarkSeen,
    NewNotification,
    Notification,
    Page,
    Register,
    Registered,
    Report,
    Slice,
)
from app.application.notification.stream import STREAMED
from chassis.application.commands.items import check_some, placed
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.idempotency import Key, checked_key
from chassis.interfaces.jsonrpc.method import Method, asks
from chassis.interfaces.jsonrpc.params import Params
from chassis.interfaces.jsonrpc.session_context import SessionContext
from chassis.interfaces.jsonrpc.stream import stream_methods

LIST = "notifications"

# The type shows the bound; the use case refuses in its own words.
type Several = Annotated[tuple[NewNotification, ...], Meta(extra_json_schema={"minItems": 1})]


class RegisterParams(Params, frozen=True, kw_only=True):
    """Notifications to accept, all or none of them; the same key gives the same ids again."""

    notifications: Several
    idempotency_key: Key | None = None


class GetParams(Params, frozen=True, kw_only=True):
    """The id of one notification."""

    id: UUID


class MarkParams(Params, frozen=True, kw_only=True):
    """The id of one notification, and whether it was seen."""

    id: UUID
    is_seen: bool


async def register(session: SessionContext, params: RegisterParams) -> Registered:
    """Accept notifications."""
    key = checked_key(params.idempotency_key)
    check_some(LIST, params.notifications, "notification")
    try:
        return await session.bus.handle(Register(params.notifications, key))
    except Invalid as error:
        raise placed(error, LIST) from None


async def get(session: SessionContext, params: GetParams) -> Notification:
    """Return one notification."""
    return await session.bus.handle(GetNotification(params.id))


async def mark_seen(session: SessionContext, params: MarkParams) -> Notification:
    """Set the seen state."""
    return await session.bus.handle(MarkSeen(params.id, params.is_seen))


methods: list[Method[Any]] = [
    Method(
        "notifications.register",
        RegisterParams,
        register,
        Registered,
        "Accept notifications, all or none of them",
    ),
    asks(
        "notifications.list",
        ListNotifications,
        Page | Slice,
        "List notifications, newest first: by page, or from a cursor on (empty: the newest)",
        is_large=True,
    ),
    Method("notifications.get", GetParams, get, Notification, "Get a notification", is_large=True),
    Method(
        "notifications.mark_seen",
        MarkParams,
        mark_seen,
        Notification,
        "Mark a notification",
        is_large=True,
    ),
    asks(
        "notifications.report",
        Report,
        Counts,
        "Count notifications by time and by a label",
        is_large=True,
    ),
    *stream_methods("notifications", {REGISTERED: STREAMED}, Notification),
]
