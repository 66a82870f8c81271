"""The notification's message types: the one vocabulary of REST, streams, events and the CLI."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from app.application.notification.bounds import (
    PAGE_BYTES,
    SLICE_BYTES,
    Bucket,
    Cursor,
    PageNumber,
    PageSize,
)
from chassis.application.message import CommandMessage, Message, QueryMessage

type Label = Annotated[str, Meta(min_length=1, max_length=64)]
type Time = Annotated[datetime, Meta(tz=True)]
# The JSON of an object, as text: only the use case decodes it.
type Data = Annotated[
    Raw, Meta(extra_json_schema={"type": "object", "additionalProperties": {}, "default": {}})
]

WRITE = "notifications:write"
READ = "notifications:read"

NO_DATA = Raw(b"{}")
# Bytes of a notification without its data, about.
_LABELS = 512


class NewNotification(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A notification that a caller registers; omitted fields are not encoded either.

    The hash of a request therefore stays the same when a field with a default is added.
    """

    receiver: Label
    action_type: Label
    action_data: Data | UnsetType = UNSET
    actioner: Label | None = None
    fired_at: Time | None = None


class Notification(
    NewNotification, frozen=True, kw_only=True, forbid_unknown_fields=False, omit_defaults=False
):
    """A notification as the service returns it; fields of a newer version are ignored."""

    id: UUID
    registered_at: Time
    action_data: Data = field(default_factory=lambda: NO_DATA)
    fired_at: Time
    is_seen: bool = False


class Registered(Struct, frozen=True):
    """The ids of the notifications that were accepted, in the caller's order."""

    ids: tuple[UUID, ...]


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list; `total` is exact up to 100,000."""

    items: list[Notification]
    page: int
    size: int
    total: int

    @property
    def weight(self) -> int:
        """How many bytes it has, about."""
        return _weight(self.items)


class Slice(Struct, frozen=True, kw_only=True):
    """A slice of a list, and the cursor of the next slice (null at the end).

    It may have fewer items than requested, if these are large.
    """

    items: list[Notification]
    next_cursor: str | None

    @property
    def weight(self) -> int:
        """How many bytes it has, about."""
        return _weight(self.items)


def _weight(items: Sequence[Notification]) -> int:
    return sum([_LABELS + memoryview(item.action_data).nbytes for item in items])


class Count(Struct, frozen=True):
    """How many notifications one bucket of a report holds for one key."""

    bucket: datetime
    key: str
    count: int


class Counts(Struct, frozen=True):
    """A report."""

    items: list[Count]


class Register(CommandMessage[Registered], frozen=True):
    """Accept notifications, all or none of them."""

    scope: ClassVar[str] = WRITE
    notifications: tuple[NewNotification, ...]
    idempotency_key: str | None = None


class MarkSeen(Message[Notification], frozen=True):
    """Mark a notification as seen or unseen; this needs only the scope to read."""

    served_by: ClassVar[tuple[str, ...]] = ("producer", "consumer")
    scope: ClassVar[str] = READ
    id: UUID
    is_seen: bool


class GetNotification(QueryMessage[Notification], frozen=True):
    """Get a notification."""

    scope: ClassVar[str] = READ
    id: UUID


class ListNotifications(QueryMessage[Page | Slice], frozen=True):
    """List notifications, newest first.

    By `page`, or from a `cursor` on (empty: the newest). A slice that begins at a cursor may have
    fewer than `size` items, if they are large: continue while there is a `next_cursor`. A page of
    more than 20 MiB is refused.
    """

    scope: ClassVar[str] = READ
    is_expensive: ClassVar[bool] = True
    receiver: str | None = None
    action_type: str | None = None
    is_seen: bool | None = None
    since: Time | None = None
    until: Time | None = None
    page: PageNumber = 1
    size: PageSize = 50
    cursor: Cursor | None = None

    @property
    def weight(self) -> int:
        """How many bytes the answer may have."""
        return PAGE_BYTES if self.cursor is None else SLICE_BYTES


class Report(QueryMessage[Counts], frozen=True):
    """Count notifications by time and by a label.

    A `bucket` is a number and s, m, h or d. `receiver` and `action_type` filter the counted
    notifications.
    """

    scope: ClassVar[str] = READ
    is_expensive: ClassVar[bool] = True
    bucket: Bucket = "1h"
    by: Literal["action_type", "receiver"] = "action_type"
    receiver: str | None = None
    action_type: str | None = None
    since: Time | None = None
    until: Time | None = None
