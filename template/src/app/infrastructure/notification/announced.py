"""The data of stored notifications, for a journal without the events' data.

The release before this one wrote such rows. They are pruned a retention after the last replica of
that release has ended.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.application.notification.mapping import encode
from app.infrastructure.notification.repository import bounded
from app.infrastructure.notification.table import notifications
from chassis.infrastructure.database.transaction import SqlTransaction


async def announced(
    transaction: SqlTransaction, keys: Sequence[tuple[UUID, datetime]], weight: int
) -> dict[UUID, bytes | None]:
    """Return the data of the first events, up to the one with which it reaches `weight` bytes.

    An event whose notification was removed has none.
    """
    columns = notifications.c
    times = [time for _, time in keys]
    query = (
        select(*bounded.columns(len(keys), weight))
        .where(columns.id.in_([identity for identity, _ in keys]))
        # The times name the partitions.
        .where(columns.registered_at.between(min(times), max(times)))
    )
    rows = {row.id: row for row in await transaction.execute(query)}
    there = [rows[identity] for identity, _ in keys if identity in rows]
    found = {
        entity.id: encode(replace(entity, is_seen=False))
        for entity in await bounded.entities(transaction, there, weight)
    }
    # Notifications that did not fit are read in the next call: they still exist.
    left = {row.id for row in there} - found.keys()
    return {identity: found.get(identity) for identity, _ in keys if identity not in left}
