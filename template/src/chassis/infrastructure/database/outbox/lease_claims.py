"""Claims of leased envelopes: no query, and no lock while the relay waits for the broker."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import Executable, and_, bindparam

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox_reader import Claim
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.outbox.changes import changes
from chassis.infrastructure.database.outbox.delay import delay_after
from chassis.infrastructure.database.outbox.leased_outbox import Lease, LeasedOutbox
from chassis.infrastructure.database.outbox.outbox import AT_ONCE
from chassis.infrastructure.database.outbox.table import outbox

_columns = outbox.c


class LeaseClaims:
    """Claims rows by their lease."""

    def __init__(self, database: Database, clock: Clock, leased_outbox: LeasedOutbox) -> None:
        self._database = database
        self._clock = clock
        self._leased_outbox = leased_outbox
        # By the end of their lease, which has an index. A relay that has postponed a row after its
        # lease changes that time, and the row is then that relay's.
        are_they = and_(
            _columns.due_at.between(bindparam("first"), bindparam("last")),
            database.dialect.is_one_of(_columns.id, "ids"),
        )
        self._forget, self._postpone = changes(are_they)

    @asynccontextmanager
    async def claim(self, limit: int, weight: int) -> AsyncIterator[Claim]:
        """Claim the envelopes that have waited longest here."""
        taken = self._leased_outbox.take(limit, weight)
        claim = Claim(tuple(each.envelope for each in taken))
        try:
            yield claim
        except BaseException:
            self._leased_outbox.put_back(taken)
            raise
        # From here on nothing is put back: after an error the rows become due for any relay.
        if confirmed := [each for each in taken if each.envelope.id in claim.confirmed]:
            await self._run(self._forget, confirmed)
        if refused := [each for each in taken if each.envelope.id not in claim.confirmed]:
            await self._run(self._postpone, refused, tries=1, due=self._clock() + delay_after(0))

    async def release(self) -> None:
        """Release all leased envelopes to any relay, at once, and take no more."""
        if left := self._leased_outbox.close():
            await self._run(self._postpone, left, tries=0, due=AT_ONCE)

    async def _run(self, change: Executable, rows: Sequence[Lease], **values: object) -> None:
        leases = [each.until for each in rows]
        ids = [each.envelope.id for each in rows]
        values |= {"first": min(leases), "last": max(leases), "ids": ids}
        async with self._database.single() as connection:
            await connection.execute(change, values)
