"""Dead letters in the database."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import Integer, Row, func, insert, select

from app.application.failures import NONE, Failures
from app.application.ports.clock import Clock
from app.infrastructure.database.database import Database
from app.infrastructure.database.dead_letters.letter import SqlLetter
from app.infrastructure.database.dead_letters.table import dead_letters

# So many at a time, and bytes of bodies: each may be as large as a message can be.
PAGE = 50
WEIGHT = 8 * 2**20

_columns = dead_letters.c


class SqlDeadLetters:
    """The `DeadLetters` of a database; each call has a transaction of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def park(self, body: bytes, reason: str, failures: Failures = NONE) -> None:
        """Keep the message."""
        # The reason may quote the message, and no text column takes these characters.
        text = reason.replace("\0", "\\0").encode(errors="backslashreplace").decode()
        change = insert(dead_letters).values(
            body=body,
            reason=text,
            parked_at=self._clock(),
            attempts=failures.count,
            first_failed_at=failures.first,
            last_failed_at=failures.last,
        )
        async with self._database.transaction() as connection:
            await connection.execute(change)

    async def walk(self) -> AsyncGenerator[SqlLetter]:
        """Yield what is there now, oldest first; no transaction is open meanwhile."""
        # Without an end, what is replayed and parked again would come round for ever.
        async with self._database.snapshot() as connection:
            last = (await connection.execute(select(func.max(_columns.id)))).scalar()
        position = 0
        while last is not None and (rows := await self._page(position, last)):
            for row in rows:
                yield SqlLetter(self._database, row)
            position = rows[-1].id

    async def count(self) -> int:
        """Return how many there are."""
        async with self._database.snapshot() as connection:
            query = select(func.count()).select_from(dead_letters)
            return (await connection.execute(query)).scalar_one()

    async def _page(self, after: int, last: int) -> Sequence[Row[Any]]:
        sizes = (
            select(_columns.id, func.octet_length(_columns.body, type_=Integer).label("size"))
            .where(_columns.id > after, _columns.id <= last)
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
