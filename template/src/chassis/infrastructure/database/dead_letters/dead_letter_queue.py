"""A part of the dead-letter table, as a queue of messages."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, func, select

from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.dead_letter import SqlDeadLetter
from chassis.infrastructure.database.dead_letters.table import dead_letters

# Rows at a time, and bytes of bodies: each may be as large as a message can be.
PAGE = 50
WEIGHT = 8 * 2**20

_columns = dead_letters.c


class SqlDeadLetterQueue:
    """The `DeadLetterQueue` of the rows for which `are_here` holds."""

    def __init__(self, database: Database, are_here: ColumnElement[bool]) -> None:
        self._database = database
        self._are_here = are_here

    async def walk(self) -> AsyncGenerator[SqlDeadLetter]:
        """Yield the present rows, oldest first; no transaction is open meanwhile."""
        # Bounded, because replayed messages that are dead-lettered again would make the walk
        # endless.
        async with self._database.snapshot() as connection:
            query = select(func.max(_columns.id)).where(self._are_here)
            last = (await connection.execute(query)).scalar()
        position = 0
        while last is not None and (rows := await self._page(position, last)):
            for row in rows:
                yield self._letter(row)
            position = rows[-1].id

    async def count(self) -> int:
        """Return how many there are."""
        async with self._database.snapshot() as connection:
            query = select(func.count()).select_from(dead_letters).where(self._are_here)
            return (await connection.execute(query)).scalar_one()

    def _letter(self, row: Row[Any]) -> SqlDeadLetter:
        return SqlDeadLetter(self._database, row)

    async def _page(self, after: int, last: int) -> Sequence[Row[Any]]:
        sizes = (
            select(_columns.id, func.octet_length(_columns.body, type_=Integer).label("size"))
            .where(_columns.id > after, _columns.id <= last, self._are_here)
            .order_by(_columns.id)
            .limit(PAGE)
        ).cte("sizes")
        before = func.sum(sizes.c.size).over(order_by=sizes.c.id) - sizes.c.size
        weighed = select(sizes.c.id, before.label("before")).cte("weighed")
        query = (
            select(dead_letters)
            .join(weighed, weighed.c.id == _columns.id)
            .where(weighed.c.before < WEIGHT)
            .order_by(_columns.id)
        )
        async with self._database.snapshot() as connection:
            return (await connection.execute(query)).all()
