"""The journal in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import repeat
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import delete, func, or_, select, update

from chassis.application.event import Event
from chassis.application.ports.journal import ANY, WEIGHT, Bounds, Entry, Filter
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.journal import epoch as epochs
from chassis.infrastructure.database.journal.reading import Older, read_after, read_tail
from chassis.infrastructure.database.journal.table import journal, journal_epoch
from chassis.infrastructure.database.transaction import SqlTransaction

_columns = journal.c
# Serial: a reader that has read up to a position must never find a lower one later. A sequence
# alone does not ensure that: it assigns numbers in order, but commits overtake each other.
_APPEND_NEW = BulkInsert(
    journal,
    ("id", "type", "subject", "tag", "time", "data", "traceparent"),
    returning=("id", "position"),
    is_serial=True,
)
_APPEND = replace(_APPEND_NEW, only_new=True)


class SqlJournal:
    """The `Journal` that one transaction sees.

    `older` gives, by type, the data of events that an earlier release stored without data.
    """

    def __init__(self, transaction: SqlTransaction, older: Mapping[str, Older]) -> None:
        self._transaction = transaction
        self._older = older

    async def append(
        self, events: Sequence[Event], tags: Sequence[str | None] = ()
    ) -> dict[UUID, int]:
        """Give each new event the next position; return the positions, by id, of the new ones."""
        positions = await self._append(_APPEND, events, tags)
        if events:
            await self._transaction.connection()
        return positions

    async def append_new(
        self, events: Sequence[Event], tags: Sequence[str | None] = ()
    ) -> dict[UUID, int]:
        """Append events that are all expected to be new; positions come with the commit."""
        return await self._append(_APPEND_NEW, events, tags)

    async def _append(
        self, insert: BulkInsert, events: Sequence[Event], tags: Sequence[str | None]
    ) -> dict[UUID, int]:
        positions: dict[UUID, int] = {}
        if events:
            rows = [
                # No tag is an empty one: the column of an earlier release cannot be NULL.
                (
                    event.id,
                    event.type,
                    event.subject,
                    tag or "",
                    event.time,
                    bytes(event.data),
                    event.traceparent,
                )
                for event, tag in zip(events, tags or repeat(None), strict=False)
            ]
            await self._transaction.insert(
                insert,
                rows,
                then=lambda found: positions.update({row[0]: row[1] for row in found}),
            )
        return positions

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return those of the ids that have an entry."""
        if not ids:
            return set()
        query = select(_columns.id).where(_columns.id.in_(ids))
        return {row.id for row in await self._transaction.execute(query)}

    async def bounds(self) -> Bounds:
        """Return the bounds."""
        head = select(func.max(_columns.position)).scalar_subquery()
        query = select(journal_epoch.c.epoch, journal_epoch.c.pruned, func.coalesce(head, 0))
        return Bounds(*(await self._transaction.execute(query)).one())

    async def epoch(self) -> str:
        """Return the epoch alone."""
        query = select(journal_epoch.c.epoch)
        found: str = (await self._transaction.execute(query)).scalar_one()
        return found

    async def is_continued(self) -> bool:
        """Return whether the database is still the one for which the epoch was set."""
        return await epochs.is_continued(self._transaction)

    async def continue_epoch(self) -> None:
        """Start a new epoch unless `is_continued`; the first call records the state."""
        await epochs.continue_epoch(self._transaction)

    async def draw_epoch(self, old: str) -> None:
        """Start a new epoch, unless it is another one than `old` already."""
        await epochs.draw_epoch(self._transaction, old)

    async def after(
        self,
        position: int,
        *,
        limit: int,
        matching: Filter = ANY,
        until: int | None = None,
        weight: int = WEIGHT,
    ) -> list[Entry]:
        """Return at most `limit` entries after `position`, in order, that match.

        There are no more after the one with which their data reaches `weight` bytes.
        """
        conditions = [_columns.position > position]
        if matching.types is not None:
            conditions.append(_columns.type.in_(sorted(matching.types)))
        if matching.subject is not None:
            conditions.append(_columns.subject == matching.subject)
        if matching.tag is not None:
            conditions.append(_columns.tag == matching.tag)
        if until is not None:
            conditions.append(_columns.position <= until)
        return await read_after(self._transaction, conditions, limit, weight, self._older)

    async def tail(self, head: int, *, limit: int, weight: int) -> int:
        """Return the position after which the newest entries up to `head` come; 0 before all."""
        return await read_tail(self._transaction, head, limit, weight)

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` of the oldest entries; return whether there may be more."""
        bounds = await self.bounds()
        # Removed entries stay in the index until a vacuum, so a step begins after them. With an
        # upper bound, or a subquery for the lower one, the planner would sort all remaining rows.
        query = (
            select(_columns.position, _columns.time)
            .where(_columns.position > bounds.pruned)
            .order_by(_columns.position)
            .limit(limit)
        )
        oldest = query.cte("oldest").c
        stays = or_(oldest.time >= before, oldest.position >= bounds.head)
        oldest_left = select(func.min(oldest.position)).where(stays).scalar_subquery()
        is_old = oldest.position < func.coalesce(oldest_left, bounds.head)
        # Counted in the database: thousands of rows would delay the requests of this process.
        found = select(func.count(), func.min(oldest.position), func.max(oldest.position))
        count, first, last = (await self._transaction.execute(found.where(is_old))).one()
        if count:
            is_old = _columns.position.between(first, last)
            await self._transaction.execute(delete(journal).where(is_old))
            # Another replica that prunes at the same time may be further.
            is_further = journal_epoch.c.pruned < last
            change = update(journal_epoch).where(is_further).values(pruned=last)
            await self._transaction.execute(change)
        return bool(count == limit)
