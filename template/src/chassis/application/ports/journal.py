"""Port: the journal of all events that this service has ingested, in the order of commits."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from chassis.application.event import Event

# Bytes of events' data that one call reads into memory.
WEIGHT = 8 * 2**20


class Bounds(Struct, frozen=True):
    """The range of the journal in one `epoch`: everything after `pruned`, up to `head`.

    Both are 0 at first. A reader at `pruned` has missed no removed entry.
    """

    epoch: str
    pruned: int
    head: int


class Entry(Struct, frozen=True, gc=False):
    """An event and its position; `tag` is the aggregate's word for a filter of subscribers."""

    position: int
    event: Event
    tag: str | None = None


class Filter(Struct, frozen=True):
    """A filter of entries; `None` means any. `types` are event types."""

    types: frozenset[str] | None = None
    subject: str | None = None
    tag: str | None = None

    def matches(self, entry: "Filterable") -> bool:
        """Return whether an entry matches."""
        return (
            (self.types is None or entry.type in self.types)
            and (self.subject is None or entry.subject == self.subject)
            and (self.tag is None or entry.tag == self.tag)
        )


class Filterable(Protocol):
    """The parts of an event that a filter compares."""

    @property
    def type(self) -> str:
        """The event's type."""
        ...

    @property
    def subject(self) -> str:
        """The event's subject."""
        ...

    @property
    def tag(self) -> str | None:
        """The aggregate's own word, if the event has one."""
        ...


ANY = Filter()


class Journal(Protocol):
    """Positions grow in the order of commits and have holes."""

    async def append(
        self, events: Sequence[Event], tags: Sequence[str | None] = ()
    ) -> Mapping[UUID, int]:
        """Give each new event the next position; return the positions, by id, of the new ones.

        An id is new once: this is the inbox. `time` is the one that the id carries. Transactions
        append one after the other: the next one waits for the end of this one. `tags` holds the
        tag of each event, or nothing at all.
        """
        ...

    async def append_new(
        self, events: Sequence[Event], tags: Sequence[str | None] = ()
    ) -> Mapping[UUID, int]:
        """Do the same with events that are all expected to be new.

        Their positions are known once the transaction has ended; before that the returned map may
        have none. Other rows can therefore be sent together with them. The transaction fails with
        `ConstraintViolated` if the journal has one of the events already.
        """
        ...

    async def known(self, ids: Sequence[UUID]) -> Set[UUID]:
        """Return those of the ids that have an entry."""
        ...

    async def bounds(self) -> Bounds:
        """Return the bounds; the epoch was set when the database was created, or since."""
        ...

    async def epoch(self) -> str:
        """Return the epoch alone."""
        ...

    async def is_continued(self) -> bool:
        """Return whether the database is still the one for which the epoch was set.

        `False` after a restore from a backup and after the promotion of a standby, as far as the
        database reports them. Also `False` before anything is recorded.
        """
        ...

    async def continue_epoch(self) -> None:
        """Start a new epoch unless `is_continued`; the first call records the state.

        Any number of replicas may call this at once: one of them starts it.
        """
        ...

    async def draw_epoch(self, old: str) -> None:
        """Start a new epoch, unless it is another one than `old` already."""
        ...

    async def after(
        self,
        position: int,
        *,
        limit: int,
        matching: Filter = ANY,
        until: int | None = None,
        weight: int = WEIGHT,
    ) -> list[Entry]:
        """Return at most `limit` entries after `position` that match, in order.

        They go up to the position `until`, if given. There are no more after the one with which
        their data reaches `weight` bytes.
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

        It stops at the first entry whose time is `before` or later, so that the journal has no gap.
        It keeps the newest entry, which shows the journal's position.
        """
        ...
