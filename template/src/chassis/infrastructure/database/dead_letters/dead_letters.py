"""Dead letters in the database."""

from datetime import datetime

from sqlalchemy import insert, not_

from chassis.application.failures import NONE, Failures
from chassis.application.ports.clock import Clock
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.dead_letter_queue import SqlDeadLetterQueue
from chassis.infrastructure.database.dead_letters.table import IS_UNROUTED, dead_letters


class SqlDeadLetters(SqlDeadLetterQueue):
    """The `DeadLetters` of a database; each call has its own transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, not_(IS_UNROUTED))
        self._clock = clock

    async def add(
        self, body: bytes, reason: str, failures: Failures = NONE, at: datetime | None = None
    ) -> None:
        """Keep the message."""
        # The reason may quote the message, and no text column accepts these characters.
        text = reason.replace("\0", "\\0").encode(errors="backslashreplace").decode()
        change = insert(dead_letters).values(
            body=body,
            reason=text,
            dead_lettered_at=at or self._clock(),
            attempts=failures.count,
            first_failed_at=failures.first,
            last_failed_at=failures.last,
        )
        async with self._database.transaction() as connection:
            await connection.execute(change)
