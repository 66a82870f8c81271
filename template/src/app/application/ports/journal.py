"""Port: the journal of received notifications, which decides what is new and in which order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from app.domain.notification.notification import Notification


class Bounds(Struct, frozen=True):
    """What the journal holds: positions `oldest` to `head` (both 0 while empty) of one `epoch`."""

    epoch: str
    oldest: int
    head: int


class Entry(Struct, frozen=True):
    """A notification and its position."""

    position: int
    notification: Notification


class Journal(Protocol):
    """Positions grow in the order of commits and have holes."""

    async def append(self, notifications: Sequence[Notification]) -> set[UUID]:
        """Give each new notification the next position; return the ids that were new."""
        ...

    async def bounds(self) -> Bounds:
        """Return the positions held and the epoch, drawn when the database was made."""
        ...

    async def after(
        self,
        position: int,
        *,
        limit: int,
        receiver: str | None = None,
        action_type: str | None = None,
    ) -> list[Entry]:
        """Return at most `limit` entries after `position` that match the labels, in order.

        An entry whose notification was pruned is passed over.
        """
        ...

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` of the oldest entries; return whether there may be more.

        It ends at the first one that was registered at `before` or later, since nothing in between
        may be missing, and at the newest one, which tells where the journal has got to.
        """
        ...
