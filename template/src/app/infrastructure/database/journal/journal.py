"""The journal in the database."""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat, takewhile
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from app.application.ports.journal import WEIGHT, Bounds, Entry
from app.domain.notification.notification import Notification
from app.infrastructure.database.bulk import BulkInsert
from app.infrastructure.database.journal import epoch as epochs
from app.infrastructure.database.journal.table import journal, journal_epoch
from app.infrastructure.database.notification.table import notifications
from app.infrastructure.database.notification.weighed import SIZE, entities, weighed
from app.infrastructure.database.transaction import Transaction

_columns = journal.c
_LABELS = ("id", "registered_at", "receiver", "action_type")
_labels = attrgetter(*_LABELS)
# Serial, since whoever has read up to a position is never to find a lower one later. A sequence
# alone does not do that: it gives out numbers in order, and commits overtake each other.
_APPEND = BulkInsert(
    journal,
    (*_LABELS, "traceparent"),
    returning=("id", "position"),
    only_new=True,
    is_serial=True,
)
_with_notifications = journal.join(
    notifications,
    and_(
        _columns.id == notifications.c.id, _columns.registered_at == notifications.c.registered_at
    ),
)
# How many of the newest entries are weighed at first; then twice as many, and so on.
WEIGHED = 64


class _Span(NamedTuple):
    """Some entries that follow each other: how many, from where to where, and their times."""

    size: int
    first: int
    last: int
    first_time: datetime
    last_time: datetime

    @property
    def covers(self) -> tuple[ColumnElement[bool], ...]:
        """The condition that a row of both tables is one of them, or lies between."""
        return (
            _columns.position.between(self.first, self.last),
            notifications.c.registered_at.between(self.first_time, self.last_time),
        )


class SqlJournal:
    """The `Journal` that one transaction sees."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def append(
        self, new: Sequence[Notification], traceparents: Sequence[str | None] = ()
    ) -> dict[UUID, int]:
        """Give each new notification the next position; they are known by the end."""
        positions: dict[UUID, int] = {}
        if new:
            traces = traceparents or repeat(None)
            rows = [(*_labels(each), trace) for each, trace in zip(new, traces, strict=False)]
            await self._transaction.insert(
                _APPEND,
                rows,
                then=lambda found: positions.update({row[0]: row[1] for row in found}),
            )
        return positions

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
        """Return whether the database is still the one for which the epoch was drawn."""
        return await epochs.is_continued(self._transaction)

    async def continue_epoch(self) -> None:
        """Draw a new epoch unless `is_continued`; the first call records what to compare with."""
        await epochs.continue_epoch(self._transaction)

    async def draw_epoch(self, old: str) -> None:
        """Draw a new epoch, unless it is another one than `old` already."""
        await epochs.draw_epoch(self._transaction, old)

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
        """Return at most `limit` entries after `position`, in order, that match the labels.

        There are no more after the one with which their data reaches `weight` bytes.
        """
        matches = []
        if receiver is not None:
            matches.append(_columns.receiver == receiver)
        if action_type is not None:
            matches.append(_columns.action_type == action_type)
        if until is not None:
            matches.append(_columns.position <= until)
        found: list[Entry] = []
        while (wanted := limit - len(found)) > 0 and weight > 0:
            conditions = (_columns.position > position, *matches)
            span = await self._span(conditions, wanted, _columns.position)
            if not span.size:
                break
            query = (
                select(_columns.position, _columns.traceparent, *weighed(wanted, weight))
                .select_from(_with_notifications)
                .where(*conditions, *span.covers)
                .order_by(_columns.position)
            )
            rows = (await self._transaction.execute(query)).all()
            known = {row.id: row for row in rows}
            for item in await entities(self._transaction, [row[2:] for row in rows], weight):
                found.append(Entry(known[item.id].position, item, known[item.id].traceparent))
                weight -= len(item.action_data)
            if span.size < wanted:
                break
            position = span.last
        return found

    async def tail(self, head: int, *, limit: int, weight: int) -> int:
        """Return the position after which the newest entries up to `head` come; 0 before all."""
        begin, count, wanted = head + 1, 0, WEIGHED
        while count < limit:
            older = _columns.position < begin
            span = await self._span((older,), wanted, _columns.position.desc())
            query = (
                select(_columns.position, SIZE)
                .select_from(_with_notifications)
                .where(older, *span.covers)
                .order_by(_columns.position.desc())
            )
            rows = (await self._transaction.execute(query)).all() if span.size else []
            for position, size in rows:
                weight -= size
                if count == limit or (count and weight < 0):
                    return int(position)
                count += 1
            if span.size < wanted:
                return 0
            begin, wanted = span.first, 2 * wanted
        return begin - 1

    async def _span(
        self, conditions: Sequence[ColumnElement[bool]], limit: int, order: ColumnElement[Any]
    ) -> "_Span":
        """Return what the first `limit` entries in this order are.

        Their times name the partitions: a join alone would be planned for every one of them.
        """
        columns = (_columns.position, _columns.registered_at)
        query = select(*columns).where(*conditions).order_by(order).limit(limit)
        part = query.subquery().c
        ends = (func.min, func.max)
        span = select(
            func.count(),
            *(end(part.position) for end in ends),
            *(end(part.registered_at) for end in ends),
        )
        return _Span(*(await self._transaction.execute(span)).one())

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` of the oldest entries; return whether there may be more."""
        head = select(func.max(_columns.position)).scalar_subquery()
        query = (
            select(_columns.position, _columns.registered_at)
            .where(_columns.position < head)
            .order_by(_columns.position)
            .limit(limit)
        )
        rows = await self._transaction.execute(query)
        old = [row.position for row in takewhile(lambda row: row.registered_at < before, rows)]
        if old:
            await self._transaction.execute(delete(journal).where(_columns.position <= old[-1]))
            # Whoever prunes at the same time may have got further.
            is_further = journal_epoch.c.pruned < old[-1]
            change = update(journal_epoch).where(is_further).values(pruned=old[-1])
            await self._transaction.execute(change)
        return len(old) == limit
