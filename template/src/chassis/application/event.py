"""An event: a fact that one service publishes to others over the broker."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from chassis.application.access.caller import ANONYMOUS
from chassis.application.context import current_context
from chassis.application.json_text import raw
from chassis.application.version import Version
from chassis.domain.errors import Invalid

_encode = msgspec.json.Encoder(enc_hook=raw).encode


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """The data of an event of any aggregate, which a codec encodes and decodes.

    `type` is versioned and begins with the aggregate (`order.placed.v1`). `key` are the parts of
    the routing key. The first one is the aggregate, as queues are bound by it; without parts the
    key is the aggregate alone. `data` is JSON whose schema `type` names. It is published
    `not_before` that time, which no consumer sees.
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
    not_before: datetime | None = None


def new_event(
    kind: str,
    data: object,
    *,
    id: UUID,
    time: datetime,
    subject: str,
    key: tuple[str, ...] | None = None,
    not_before: datetime | None = None,
) -> Event:
    """Return an event of type `kind`, with the current request, trace and caller.

    `id` is a UUIDv7, and `time` the time in it. `data` is encoded as JSON. Without a `key`, the
    words of the type and the subject are the routing key: `order`, `placed`, `ada`.

    The event is published once its transaction has committed, and `not_before` that time. A time
    that has passed changes nothing. Raises `Invalid` if it has no time zone. The outbox raises
    `Invalid` if it lies too far ahead.
    """
    if not_before is not None and not_before.utcoffset() is None:
        raise Invalid("not_before", "must have a time zone, such as UTC")
    context = current_context()
    return Event(
        id=id,
        type=kind,
        subject=subject,
        time=time,
        key=(*_words(kind), subject) if key is None else key,
        data=Raw(_encode(data)),
        traceparent=context.traceparent if context else None,
        request_id=context.request_id if context else None,
        caller=context.caller.name if context and context.caller is not ANONYMOUS else None,
        not_before=not_before,
    )


@lru_cache(1024)
def _words(kind: str) -> tuple[str, ...]:
    version = Version.read(kind)
    return tuple((version.name if version else kind).split("."))
