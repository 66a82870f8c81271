"""The notification's methods: decode, ask the bus, encode."""

import re
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

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
from app.domain.errors import Invalid
from app.interfaces.jsonrpc.method import Method, asks
from app.interfaces.jsonrpc.notification.stream import stream_methods
from app.interfaces.jsonrpc.params import Params
from app.interfaces.jsonrpc.peer import Peer

LIST = "notifications"
KEY = "idempotency_key"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Of a single one the use case does not say which it was.
_NUMBERED = re.compile(r"\[\d+\]\.")

# Told in the types and refused in words of our own.
type Several = Annotated[tuple[NewNotification, ...], Meta(extra_json_schema={"minItems": 1})]
type Key = Annotated[str, Meta(extra_json_schema={"pattern": f"^{_KEY.pattern}$"})]


class RegisterParams(Params, frozen=True, kw_only=True):
    """Notifications to accept, all or none of them; the same key gives the same ids again."""

    notifications: Several
    idempotency_key: Key | None = None


class GetParams(Params, frozen=True, kw_only=True):
    """Which one."""

    id: UUID


class MarkParams(Params, frozen=True, kw_only=True):
    """Which one, and whether it was seen."""

    id: UUID
    is_seen: bool


async def register(peer: Peer, params: RegisterParams) -> Registered:
    """Accept notifications."""
    key = params.idempotency_key
    if key is not None and not _KEY.fullmatch(key):
        raise Invalid(KEY, "must have 1 to 255 visible ASCII characters")
    if not params.notifications:
        raise Invalid(LIST, "must hold at least one notification")
    try:
        return await peer.bus.handle(Register(params.notifications, key))
    except Invalid as error:
        where = LIST if _NUMBERED.match(error.field) else f"{LIST}[0]."
        raise Invalid(f"{where}{error.field}", error.reason) from None


async def get(peer: Peer, params: GetParams) -> Notification:
    """Return one notification."""
    return await peer.bus.handle(GetNotification(params.id))


async def mark_seen(peer: Peer, params: MarkParams) -> Notification:
    """Set the seen state."""
    return await peer.bus.handle(MarkSeen(params.id, params.is_seen))


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
    *stream_methods,
]
