"""The notification's methods: decode, ask the bus, encode."""

from typing import Annotated, Any

from msgspec import Meta

from app.application.notification.mapping import REGISTERED
from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    NewNotification,
    Notification,
    Register,
    Registered,
    Report,
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


async def register(session: SessionContext, params: RegisterParams) -> Registered:
    """Accept notifications."""
    key = checked_key(params.idempotency_key)
    check_some(LIST, params.notifications, "notification")
    try:
        return await session.bus.handle(Register(params.notifications, key))
    except Invalid as error:
        raise placed(error, LIST) from None


methods: list[Method[Any]] = [
    Method(
        "notifications.register",
        RegisterParams,
        register,
        Registered,
        "Accept notifications, all or none of them",
    ),
    asks("notifications.list", ListNotifications, is_large=True),
    asks("notifications.get", GetNotification, is_large=True),
    asks("notifications.mark_seen", MarkSeen, is_large=True),
    asks("notifications.report", Report, is_large=True),
    *stream_methods("notifications", {REGISTERED: STREAMED}, Notification),
]
