"""Dead letters in the database."""

from sqlalchemy import func, insert, select

from app.application.ports.clock import Clock
from app.application.ports.dead_letters import DeadLetter
from app.infrastructure.database.database import Database
from app.infrastructure.database.dead_letters.table import dead_letters
from app.infrastructure.database.mapping import Mapping

_mapping = Mapping(dead_letters, DeadLetter)


class SqlDeadLetters:
    """The `DeadLetters` of a database; each call has a transaction of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def park(self, body: bytes, reason: str) -> None:
        """Keep the message."""
        # The reason may quote the message, and no text column takes these characters.
        text = reason.replace("\0", "\\0").encode(errors="backslashreplace").decode()
        change = insert(dead_letters).values(body=body, reason=text, parked_at=self._clock())
        async with self._database.transaction() as connection:
            await connection.execute(change)

    async def select(self, *, limit: int) -> list[DeadLetter]:
        """Return at most `limit`, oldest first."""
        query = select(dead_letters).order_by(dead_letters.c.id).limit(limit)
        async with self._database.snapshot() as connection:
            return [_mapping.to_entity(row) for row in await connection.execute(query)]

    async def count(self) -> int:
        """Return how many there are."""
        async with self._database.snapshot() as connection:
            query = select(func.count()).select_from(dead_letters)
            return (await connection.execute(query)).scalar_one()
