"""An event: a fact that one service tells others over the broker."""

from datetime import datetime
from uuid import UUID

from msgspec import Raw, Struct


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """What a codec puts on the wire and takes off it, whatever aggregate it speaks of.

    `type` is versioned (`notification.registered.v1`); `key` are the parts of the routing key;
    `data` is JSON whose shape `type` names.
    """

    id: UUID
    type: str
    subject: str
    time: datetime
    key: tuple[str, ...] = ()
    data: Raw
    traceparent: str | None = None
    request_id: str | None = None
    caller: str | None = None
