"""Claims of due rows in the table, of any writer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.outbox_reader import Claim
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.outbox.changes import changes
from chassis.infrastructure.database.outbox.delay import LONGEST_DELAY, delay_after
from chassis.infrastructure.database.outbox.due import DUE
from chassis.infrastructure.database.outbox.table import outbox


class TableClaims:
    """Claims that hold their rows while the block lasts, in the way that the database can."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        are_they = database.dialect.is_one_of(outbox.c.position, "positions")
        self._delete, self._later = changes(are_they)

    @asynccontextmanager
    async def claim(self, limit: int, weight: int) -> AsyncIterator[Claim]:
        """Claim due envelopes: new ones first, each kind oldest first."""
        async with self._database.lease() as lease:
            async with lease.read() as connection:
                rows = await self._due(connection, limit, weight)
            claim = Claim(tuple(Envelope(row.id, row.routing_key, row.body) for row in rows))
            yield claim
            if rows:
                async with lease.write() as connection:
                    await self._forget(connection, [r for r in rows if r.id in claim.confirmed])
                    await self._postpone(
                        connection, [r for r in rows if r.id not in claim.confirmed]
                    )

    async def _due(
        self, connection: AsyncConnection, limit: int, weight: int
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        now = self._clock()
        # Due later than any delay allows: this clock, or another replica's, has been set back.
        parameters = {"now": now, "never": now + 2 * LONGEST_DELAY}
        result = await connection.execute(DUE, parameters | {"limit": limit, "weight": weight})
        return result.all()

    async def _postpone(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        now = self._clock()
        for attempts in {row.attempts for row in rows}:
            same = [row for row in rows if row.attempts == attempts]
            later = {"tries": attempts + 1, "due": now + delay_after(attempts)}
            await connection.execute(self._later, later | _positions(same))

    async def _forget(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        if rows:
            await connection.execute(self._delete, _positions(rows))


def _positions(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    return {"positions": [row.position for row in rows]}
