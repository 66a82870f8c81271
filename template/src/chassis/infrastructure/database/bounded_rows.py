"""Reads rows with free-form data, no more of them than fit into memory.

Small data comes with its row. Larger data is measured first, and read by a second query as far as
it fits. A list therefore takes one round trip, unless its rows are large.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, case, select

from chassis.infrastructure.database.mapping import Mapping
from chassis.infrastructure.database.transaction import SqlTransaction
from chassis.infrastructure.database.types import octet_length


class BoundedRows[Entity]:
    """Rows of `table`, whose column `data` may be large.

    The table has an `id`, and may be partitioned by its column `time`.
    """

    def __init__(self, table: Table, mapping: Mapping[Entity], *, data: str, time: str) -> None:
        self._mapping = mapping
        self._id, self._time, self._data = table.c.id, table.c[time], table.c[data]
        self._size = octet_length(self._data).label("size")
        self._at = {name: mapping.names.index(name) for name in ("id", time, data)}

    def columns(self, limit: int, weight: int) -> list[ColumnElement[Any]]:
        """Return the columns to select for `entities`.

        `limit` rows with small data have at most `weight` bytes.
        """
        data = self._data
        small = case((self._size.element <= weight // limit, data)).label(data.name)
        columns = (small if column is data else column for column in self._mapping.columns)
        return [*columns, self._size]

    async def entities(
        self, transaction: SqlTransaction, rows: Sequence[Sequence[Any]], weight: int
    ) -> list[Entity]:
        """Return the entities of the first rows, up to the one that reaches `weight` bytes.

        The rows have `columns`. A row that was pruned since it was read is left out.
        """
        identity, data = self._at["id"], self._at[self._data.name]
        fitting = []
        for row in rows:
            if weight <= 0:
                break
            weight -= row[-1]
            fitting.append(row)
        large = [row for row in fitting if row[data] is None]
        found = await self._read(transaction, large) if large else {}
        return [
            self._mapping.to_entity((*row[:data], value, *row[data + 1 : -1]))
            for row in fitting
            if (value := row[data] or found.get(row[identity])) is not None
        ]

    async def _read(
        self, transaction: SqlTransaction, rows: Sequence[Sequence[Any]]
    ) -> dict[Any, Any]:
        times = [row[self._at[self._time.name]] for row in rows]
        query = (
            select(self._id, self._data)
            .where(self._id.in_([row[self._at["id"]] for row in rows]))
            # The times name the partitions.
            .where(self._time.between(min(times), max(times)))
        )
        return {row[0]: row[1] for row in await transaction.execute(query)}
