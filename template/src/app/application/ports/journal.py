"""Port: the journal of received notifications, which decides what is new and in which order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from app.domain.notification.notification import Notification

# Bytes of free-form data that one call brings into memory.
WEIGHT = 8 * 2**20


class Bounds(Struct, frozen=True):
    """What the journal holds of one `epoch`: everything after `pruned`, up to `head`.

    Both are 0 at first. Whoever has got as far as `pruned` has missed nothing that was removed.
    """

    epoch: str
    pruned: int
    head: int


class Entry(Struct, frozen=True, gc=False):
    """A notification, its position, and the trace in which it was registered, where it is known."""

    position: int
    notification: Notification
    traceparent: str | None = None


class Journal(Protocol):
    """Positions grow in the order of commits and have holes."""

    async def append(
        self, notifications: Sequence[Notification], traceparents: Sequence[str | None] = ()
    ) -> Mapping[UUID, int]:
        """Give each new notification the next position; return the positions, by id, of the new.

        They are known once the transaction has ended: until then there may be none in what is
        returned. `traceparents` holds the trace of each notification, or nothing at all.
        """
        ...

    async def bounds(self) -> Bounds:
        """Return the bounds; the epoch was drawn when the database was made, or since."""
        ...

    async def epoch(self) -> str:
        """Return the epoch alone."""
        ...

    async def is_continued(self) -> bool:
        """Return whether the database is still the one for which the epoch was drawn.

        `False` after a restore from a backup and after the promotion of a standby, as far as the
        database tells of them, and where nothing has been recorded of it yet.
        """
        ...

    async def continue_epoch(self) -> None:
        """Draw a new epoch unless `is_continued`; the first call records what to compare with.

        Any number of replicas may call this at once: one of them draws.
        """
        ...

    async def draw_epoch(self, old: str) -> None:
        """Draw a new epoch, unless it is another one than `old` already."""
        ...

    async def after(
        self,
        position: int,
        *,
        limit: int,
        receiver: str | None = None,
        action_type: str | None = None,
        until: int | None = None,
        weight: int = WEIGHT,
    ) -> list[Entry]:
        """Return at most `limit` entries after `position` that match the labels, in order.

        They go up to the position `until`, where it is given. There are no more after the one with
        which their data reaches `weight` bytes. An entry whose notification was pruned is passed
        over.
        """
        ...

    async def tail(self, head: int, *, limit: int, weight: int) -> int:
        """Return the position after which the newest entries up to `head` come; 0 before all.

        These are at most `limit`, with data of `weight` bytes; a newest one that is larger is
        alone.
        """
        ...

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` of the oldest entries; return whether there may be more.

        It ends at the first one that was registered at `before` or later, since nothing in between
        may be missing, and at the newest one, which tells where the journal has got to.
        """
        ...
