"""The outbox as the relay sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, select

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox_reader import WEIGHT, Claim, OutboxDepth
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.outbox.lease_claims import LeaseClaims
from chassis.infrastructure.database.outbox.leased_outbox import LEASE, LeasedOutbox
from chassis.infrastructure.database.outbox.outbox import AT_ONCE
from chassis.infrastructure.database.outbox.table import outbox
from chassis.infrastructure.database.outbox.table_claims import TableClaims

# How often the table is polled for rows of other relays, while none are known.
POLL_INTERVAL = timedelta(seconds=1)

_columns = outbox.c
_OLDEST = select(_columns.id).order_by(_columns.position).limit(1)


class SqlOutboxReader:
    """The `OutboxReader` of a database.

    It claims leased envelopes and due rows of the table, in turns while there are both, so that
    neither has to wait for the other. Only one claim at a time is of the table, since it may hold a
    connection while the broker is down.
    """

    def __init__(self, database: Database, clock: Clock, leased_outbox: LeasedOutbox) -> None:
        self._database = database
        self._clock = clock
        self._leased_outbox = leased_outbox
        self._table = TableClaims(database, clock)
        self._leases = LeaseClaims(database, clock, leased_outbox)
        self._next_poll = AT_ONCE
        self._is_behind = False
        self._was_table = False
        self._is_table_claimed = False
        # The start of each running claim of leased envelopes.
        self._leased_since: list[datetime] = []

    @asynccontextmanager
    async def claim(self, limit: int, *, weight: int = WEIGHT) -> AsyncIterator[Claim]:
        """Claim envelopes of one kind or the other, each kind oldest first."""
        if self._is_table_next():
            async with self._claim_table(limit, weight) as claim:
                if claim.envelopes:
                    yield claim
                    return
        self._was_table = False
        began = self._clock()
        self._leased_since.append(began)
        try:
            async with self._leases.claim(limit, weight) as claim:
                yield claim
        finally:
            self._leased_since.remove(began)

    async def release(self) -> None:
        """Release all leased envelopes to any relay, at once."""
        await self._leases.release()

    async def depth(self, *, at_most: int) -> OutboxDepth:
        """Return how much waits, due or not."""
        some = select(_columns.position).limit(at_most).subquery()
        async with self._database.snapshot() as connection:
            count = await connection.scalar(select(func.count()).select_from(some))
            return OutboxDepth(count or 0, await connection.scalar(_OLDEST))

    @asynccontextmanager
    async def _claim_table(self, limit: int, weight: int) -> AsyncIterator[Claim]:
        self._next_poll = self._clock() + POLL_INTERVAL
        self._leased_outbox.is_bypassed = False
        self._is_table_claimed = True
        try:
            async with self._table.claim(limit, weight) as claim:
                self._is_behind = self._was_table = bool(claim.envelopes)
                yield claim
        finally:
            self._is_table_claimed = False

    def _is_table_next(self) -> bool:
        if self._is_table_claimed or (self._was_table and not self._leased_outbox.is_empty):
            return False
        now = self._clock()
        if any(since <= now - LEASE for since in self._leased_since):
            # Its leases have ended: the table would return again what is being published.
            return False
        # It is not far ahead either, unless the clock has been set back.
        is_early = now < self._next_poll <= now + POLL_INTERVAL
        return self._is_behind or self._leased_outbox.is_bypassed or not is_early
