"""The contents of the file of a service with the default settings, while it runs or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from chassis.application.failures import NONE, Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.dead_letters import SqlDeadLetters
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.outbox import SqlOutbox
from chassis.infrastructure.database.outbox.outbox_reader import SqlOutboxReader
from chassis.infrastructure.database.transaction import begin
from tests.unit.support import dead_lettered_in


class Stored:
    """A look into the file, past the service."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dead_letters = SqlDeadLetters(database, system_clock)

    async def add(self, body: bytes, reason: str, failures: Failures = NONE) -> None:
        """Add a dead letter."""
        await self._dead_letters.add(body, reason, failures)

    async def dead_letters(self) -> list[DeadLetterMessage]:
        """Return the dead letters, oldest first."""
        return await dead_lettered_in(self._dead_letters)

    async def publish(self, body: bytes, key: str = "notification.any.key") -> None:
        """Add to the outbox, which the service drains when it runs."""
        async with begin(self._database) as transaction:
            await SqlOutbox(transaction).add([Envelope(uuid4(), key, body)])

    async def drained(self) -> list[bytes]:
        """Take everything out of the outbox and return the bodies."""
        reader = SqlOutboxReader(self._database, system_clock, LeasedOutbox(system_clock))
        async with reader.claim(1000) as claim:
            claim.confirmed.update(envelope.id for envelope in claim.envelopes)
        return [envelope.body for envelope in claim.envelopes]


@asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[Stored]:
    """Open the file below `folder`, which has been migrated."""
    database = Database(f"sqlite+aiosqlite:///{folder}/var/app.db")
    try:
        yield Stored(database)
    finally:
        await database.close()
