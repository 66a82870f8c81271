"""The journal in the database."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.ports.journal import Bounds, Entry
from app.domain.notification.notification import Notification
from app.infrastructure.database.dialect import Dialect
from app.infrastructure.database.journal.table import journal, journal_epoch
from app.infrastructure.database.notification.notifications import mapping
from app.infrastructure.database.notification.table import notifications

_columns = journal.c


class SqlJournal:
    """The `Journal` that one transaction sees."""

    def __init__(self, connection: AsyncConnection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    async def append(self, new: Sequence[Notification]) -> set[UUID]:
        """Give each new notification the next position; return the ids that were new."""
        if not new:
            return set()
        await self._dialect.lock_journal(self._connection)
        rows = [
            {
                "id": notification.id,
                "registered_at": notification.registered_at,
                "receiver": notification.receiver,
                "action_type": notification.action_type,
            }
            for notification in new
        ]
        change = self._dialect.insert_new(journal).returning(_columns.id)
        return set((await self._connection.execute(change, rows)).scalars())

    async def bounds(self) -> Bounds:
        """Return the epoch and the positions held."""
        # One subquery for each end, since then each is one step into the index.
        oldest = select(func.min(_columns.position)).scalar_subquery()
        head = select(func.max(_columns.position)).scalar_subquery()
        query = select(journal_epoch.c.epoch, func.coalesce(oldest, 0), func.coalesce(head, 0))
        return Bounds(*(await self._connection.execute(query)).one())

    async def after(
        self,
        position: int,
        *,
        limit: int,
        receiver: str | None = None,
        action_type: str | None = None,
    ) -> list[Entry]:
        """Return at most `limit` entries after `position`, in order, that match the labels."""
        query = select(_columns.position, _columns.id, _columns.registered_at)
        if receiver is not None:
            query = query.where(_columns.receiver == receiver)
        if action_type is not None:
            query = query.where(_columns.action_type == action_type)
        query = query.order_by(_columns.position)
        entries: list[Entry] = []
        while (wanted := limit - len(entries)) > 0:
            part = query.where(_columns.position > position).limit(wanted)
            rows = (await self._connection.execute(part)).all()
            found = await self._notifications(rows)
            entries += [Entry(row.position, found[row.id]) for row in rows if row.id in found]
            if len(rows) < wanted:
                break
            position = rows[-1].position
        return entries

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` of the oldest entries; return whether there may be more."""
        head = select(func.max(_columns.position)).scalar_subquery()
        query = (
            select(_columns.position, _columns.registered_at)
            .where(_columns.position < head)
            .order_by(_columns.position)
            .limit(limit)
        )
        rows = await self._connection.execute(query)
        old = [row.position for row in takewhile(lambda row: row.registered_at < before, rows)]
        if old:
            await self._connection.execute(delete(journal).where(_columns.position <= old[-1]))
        return len(old) == limit

    async def _notifications(self, rows: Sequence[Row[Any, Any, Any]]) -> dict[UUID, Notification]:
        # Not joined: a join knows no times before it runs, and so plans for every partition.
        if not rows:
            return {}
        times = [row.registered_at for row in rows]
        query = select(notifications).where(
            notifications.c.registered_at.between(min(times), max(times)),
            notifications.c.id.in_([row.id for row in rows]),
        )
        found = [mapping.to_entity(row) for row in await self._connection.execute(query)]
        return {notification.id: notification for notification in found}
