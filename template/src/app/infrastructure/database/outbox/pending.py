"""The outbox as the relay sees it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.ports.clock import Clock
from app.application.ports.outbox import Envelope
from app.application.ports.pending import Claim
from app.infrastructure.database.database import Database
from app.infrastructure.database.outbox.table import outbox

LONGEST_DELAY = timedelta(seconds=60)

_columns = outbox.c


class SqlPending:
    """The `Pending` of a database.

    A claim holds its rows for as long as its block lasts, in the way that the database can.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @asynccontextmanager
    async def claim(self, limit: int) -> AsyncIterator[Claim]:
        """Claim at most `limit` due envelopes: new ones first, each kind oldest first."""
        async with self._database.lease() as lease:
            async with lease.read() as connection:
                rows = await self._due(connection, limit)
            claim = Claim(tuple(Envelope(row.id, row.routing_key, row.body) for row in rows))
            yield claim
            if rows:
                async with lease.write() as connection:
                    await _forget(connection, [r for r in rows if r.id in claim.confirmed])
                    await self._postpone(
                        connection, [r for r in rows if r.id not in claim.confirmed]
                    )

    async def count(self) -> int:
        """Return how many envelopes wait, due or not."""
        async with self._database.snapshot() as connection:
            query = select(func.count()).select_from(outbox)
            return (await connection.execute(query)).scalar_one()

    async def _due(self, connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
        now = self._clock()
        # Due later than any delay lets it be: this clock, or another replica's, has been set back.
        is_due = or_(_columns.due_at <= now, _columns.due_at > now + 2 * LONGEST_DELAY)
        query = (
            select(outbox)
            .where(is_due)
            .order_by(_columns.due_at, _columns.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await connection.execute(query)).all()

    async def _postpone(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        now = self._clock()
        for attempts in {row.attempts for row in rows}:
            change = update(outbox).where(_is_one_of([r for r in rows if r.attempts == attempts]))
            later = now + _delay(attempts)
            await connection.execute(change.values(attempts=attempts + 1, due_at=later))


async def _forget(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
    if rows:
        await connection.execute(delete(outbox).where(_is_one_of(rows)))


def _is_one_of(rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    return _columns.position.in_([row.position for row in rows])


def _delay(attempts: int) -> timedelta:
    # The exponent is bounded, since attempts are not.
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_DELAY)
