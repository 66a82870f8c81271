"""The unrouted messages in the dead-letter table: the reason holds their routing key."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.dead_letter import SqlDeadLetter
from chassis.infrastructure.database.dead_letters.dead_letter_queue import SqlDeadLetterQueue
from chassis.infrastructure.database.dead_letters.table import IS_UNROUTED, UNROUTED, dead_letters


class SqlUnrouted(SqlDeadLetterQueue):
    """The `StoredUnrouted` of a database; each call has its own transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, IS_UNROUTED)
        self._clock = clock

    async def keep(self, envelopes: Sequence[Envelope]) -> None:
        """Store them, in their order."""
        if not envelopes:
            return
        now = self._clock()
        rows = [
            {"body": each.body, "reason": f"{UNROUTED}{each.routing_key}", "dead_lettered_at": now}
            for each in envelopes
        ]
        async with self._database.transaction() as connection:
            await connection.execute(insert(dead_letters), rows)

    def _letter(self, row: Row[Any]) -> SqlDeadLetter:
        return SqlDeadLetter(self._database, row, row.reason.removeprefix(UNROUTED))
