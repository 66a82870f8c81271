"""The outbox as the relay sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, select

from chassis.application.ports.clock import Clock
from chassis.application.ports.pending import WEIGHT, Claim, Extent
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.outbox.handed import HandedClaims
from chassis.infrastructure.database.outbox.handover import LEASE, Handover
from chassis.infrastructure.database.outbox.outbox import AT_ONCE
from chassis.infrastructure.database.outbox.stored import StoredClaims
from chassis.infrastructure.database.outbox.table import outbox

# How often the table is looked at for what others have left, while nothing is known to be there.
LOOK = timedelta(seconds=1)

_columns = outbox.c
_OLDEST = select(_columns.id).order_by(_columns.position).limit(1)


class SqlPending:
    """The `Pending` of a database.

    It gives out what is handed over, and what is due in the table: in turns while there is both,
    so that neither a backlog nor what is new has to wait for the other. Of several claims at the
    same time one is of the table, since that one may hold a connection while the broker is away.
    """

    def __init__(self, database: Database, clock: Clock, handover: Handover) -> None:
        self._database = database
        self._clock = clock
        self._handover = handover
        self._stored = StoredClaims(database, clock)
        self._handed = HandedClaims(database, clock, handover)
        self._next_look = AT_ONCE
        self._is_behind = False
        self._was_stored = False
        self._is_stored_claimed = False
        # When those claims began that are under way, of what was handed over.
        self._handed_since: list[datetime] = []

    @asynccontextmanager
    async def claim(self, limit: int, *, weight: int = WEIGHT) -> AsyncIterator[Claim]:
        """Claim envelopes of one kind or the other, each kind oldest first."""
        if self._is_stored_next():
            async with self._claim_stored(limit, weight) as claim:
                if claim.envelopes:
                    yield claim
                    return
        self._was_stored = False
        began = self._clock()
        self._handed_since.append(began)
        try:
            async with self._handed.claim(limit, weight) as claim:
                yield claim
        finally:
            self._handed_since.remove(began)

    async def release(self) -> None:
        """Leave to any relay, at once, what has been handed over."""
        await self._handed.release()

    async def extent(self, *, at_most: int) -> Extent:
        """Return how much waits, due or not."""
        some = select(_columns.position).limit(at_most).subquery()
        async with self._database.snapshot() as connection:
            count = await connection.scalar(select(func.count()).select_from(some))
            return Extent(count or 0, await connection.scalar(_OLDEST))

    @asynccontextmanager
    async def _claim_stored(self, limit: int, weight: int) -> AsyncIterator[Claim]:
        self._next_look = self._clock() + LOOK
        self._handover.is_bypassed = False
        self._is_stored_claimed = True
        try:
            async with self._stored.claim(limit, weight) as claim:
                self._is_behind = self._was_stored = bool(claim.envelopes)
                yield claim
        finally:
            self._is_stored_claimed = False

    def _is_stored_next(self) -> bool:
        if self._is_stored_claimed or (self._was_stored and not self._handover.is_empty):
            return False
        now = self._clock()
        if any(since <= now - LEASE for since in self._handed_since):
            # Its leases have ended: the table would give out again what is being published.
            return False
        # It is not far ahead either, unless the clock has been set back.
        is_early = now < self._next_look <= now + LOOK
        return self._is_behind or self._handover.is_bypassed or not is_early
