"""An event: a fact that one service publishes to others over the broker."""

from datetime import datetime
from uuid import UUID

from msgspec import Raw, Struct


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """The data of an event of any aggregate, which a codec encodes and decodes.

    `type` is versioned and begins with the aggregate (`order.placed.v1`). `key` are the parts of
    the routing key. The first one is the aggregate, as queues are bound by it; without parts the
    key is the aggregate alone. `data` is JSON whose schema `type` names.
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
