"""Port: the store of notifications."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from app.domain.notification.notification import Notification
from chassis.application.time_range import TimeRange

# Bytes of free-form data that one query reads into memory.
WEIGHT = 8 * 2**20


class Criteria(TimeRange, frozen=True, kw_only=True):
    """A filter of notifications; `None` means any, and `registered_at` has since ≤ t < until."""

    receiver: str | None = None
    action_type: str | None = None
    is_seen: bool | None = None


class Stored(Struct, frozen=True):
    """A notification, and the number of its changes: a row has another one after each commit."""

    notification: Notification
    version: int


class Notifications(Protocol):
    """Notifications by id, by criteria and by time."""

    async def add(self, notifications: Sequence[Notification]) -> None:
        """Store the notifications; an existing one stays as it is."""
        ...

    async def add_new(self, notifications: Sequence[Notification]) -> Set[UUID]:
        """Do the same, and return the ids of the new ones.

        The ids are known once the transaction has ended; before that the returned set may be empty.
        The existing notifications may have been marked seen since they were stored.
        """
        ...

    async def get(self, identity: UUID) -> Stored | None:
        """Return the notification with that id, if there is one."""
        ...

    async def set_seen(self, identity: UUID, is_seen: bool) -> Stored | None:
        """Set the seen state and return the notification, if there is one."""
        ...

    async def select(
        self,
        criteria: Criteria,
        *,
        limit: int,
        offset: int = 0,
        before: UUID | None = None,
        weight: int = WEIGHT,
    ) -> list[Notification]:
        """Return at most `limit`, newest first, after the first `offset` or after `before`.

        There are no more after the one with which their data reaches `weight` bytes.
        """
        ...

    async def count(self, criteria: Criteria, *, at_most: int) -> int:
        """Return how many there are, counting no further than `at_most`."""
        ...

    async def counts(
        self,
        criteria: Criteria,
        *,
        by: Literal["action_type", "receiver"],
        bucket_seconds: int,
        limit: int,
    ) -> list[tuple[datetime, str, int]]:
        """Count by time bucket and key, oldest first, at most `limit` rows.

        Buckets are aligned to 1970-01-01 UTC.
        """
        ...

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove notifications from before that time; return whether there may be more.

        A step removes at most `limit`, or a few whole partitions. A partition stays until all of
        its rows are old.
        """
        ...
