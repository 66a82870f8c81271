"""Reads notifications, no more of them than fit into memory.

What is small comes with its row. What is larger is weighed first, and read by a second query as far
as there is room: so a list takes one round trip, unless its rows are as large as that.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select

from app.domain.notification.notification import Notification
from app.infrastructure.notification.table import notifications
from chassis.infrastructure.database.mapping import Mapping
from chassis.infrastructure.database.transaction import Transaction
from chassis.infrastructure.database.types import octet_length

mapping = Mapping(notifications, Notification, beside=("version",))

SIZE = octet_length(notifications.c.action_data).label("size")

_ID, _TIME, _DATA = map(mapping.names.index, ("id", "registered_at", "action_data"))


def weighed(limit: int, weight: int) -> list[ColumnElement[Any]]:
    """Return the columns to select for `entities`; of `limit` rows, small data fits together."""
    data = notifications.c.action_data
    small = case((SIZE.element <= weight // limit, data)).label(data.name)
    return [*(small if column is data else column for column in mapping.columns), SIZE]


async def entities(
    transaction: Transaction, rows: Sequence[Sequence[Any]], weight: int
) -> list[Notification]:
    """Return what the first of these rows tell of, up to the one with which `weight` is reached.

    The rows have the columns of `weighed`. In the snapshot that they were read in all is there;
    one that was pruned since is left out.
    """
    fitting = []
    for row in rows:
        if weight <= 0:
            break
        weight -= row[-1]
        fitting.append(row)
    large = [row for row in fitting if row[_DATA] is None]
    found = await _read(transaction, large) if large else {}
    return [
        mapping.to_entity((*row[:_DATA], data, *row[_DATA + 1 : -1]))
        for row in fitting
        if (data := row[_DATA] or found.get(row[_ID])) is not None
    ]


async def _read(transaction: Transaction, rows: Sequence[Sequence[Any]]) -> dict[Any, Any]:
    times = [row[_TIME] for row in rows]
    columns = notifications.c
    query = (
        select(columns.id, columns.action_data)
        .where(columns.id.in_([row[_ID] for row in rows]))
        # The times name the partitions.
        .where(columns.registered_at.between(min(times), max(times)))
    )
    return {row[0]: row[1] for row in await transaction.execute(query)}
