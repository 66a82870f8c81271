"""What was announced of stored notifications, for a journal without the events' data.

The release before this one wrote such rows. They are pruned a retention after the last replica of
that release has ended.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.application.notification.mapping import encode
from app.infrastructure.database.notification.table import notifications
from app.infrastructure.database.notification.weighed import mapping
from app.infrastructure.database.transaction import Transaction


async def announced(
    transaction: Transaction, keys: Sequence[tuple[UUID, datetime]]
) -> dict[UUID, bytes]:
    """Return the data of the events by their ids, as far as the notifications are there."""
    columns = notifications.c
    times = [time for _, time in keys]
    query = (
        select(*mapping.columns)
        .where(columns.id.in_([identity for identity, _ in keys]))
        # The times name the partitions.
        .where(columns.registered_at.between(min(times), max(times)))
    )
    rows = await transaction.execute(query)
    entities = [replace(mapping.to_entity(row), is_seen=False) for row in rows]
    return {entity.id: encode(entity) for entity in entities}
