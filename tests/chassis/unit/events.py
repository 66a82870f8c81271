"""Events of a type that is not the notification's."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Raw

from app.application.notification.mapping import REGISTERED
from app.application.notification.messages import READ
from app.application.notification.stream import STREAMED
from chassis.application.event import Event
from chassis.application.streaming.streamed import Streamed, StreamTable
from chassis.domain.ids import new_id, time_of

ORDER = "order.placed.v1"
BOTH: StreamTable = {REGISTERED: STREAMED, ORDER: Streamed(event="order", scope=READ)}


def make_event(
    kind: str = ORDER, subject: str = "ada", data: bytes = b"{}", **fields: Any
) -> Event:
    """Return an event that has just happened, with these fields."""
    identity = new_id(datetime.now(UTC))
    defaults: dict[str, Any] = {"id": identity, "time": time_of(identity)}
    return Event(**(defaults | fields), type=kind, subject=subject, data=Raw(data))
