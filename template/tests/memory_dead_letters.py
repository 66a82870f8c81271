"""The dead letters of a database in memory, and what no queue took."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from uuid import uuid4

from msgspec.structs import replace

from chassis.application.failures import NONE, Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.database.dead_letters.dead_letter import replay_key
from tests.memory_database import MemoryDatabase
from tests.memory_outbox import MemoryOutbox


class MemoryDeadLetters:
    """Dead letters, replayed into the outbox."""

    def __init__(self, database: MemoryDatabase) -> None:
        self.database = database
        self.letters: dict[str, DeadLetterMessage] = {}
        self._count = 0

    async def add(
        self, body: bytes, reason: str, failures: Failures = NONE, at: datetime | None = None
    ) -> None:
        await self.database.reach()
        self._count += 1
        at = at or self.database.clock()
        letter = DeadLetterMessage(str(self._count), body, reason, at, failures)
        self.letters[letter.id] = letter

    async def walk(self) -> AsyncGenerator["MemoryLetter"]:
        await self.database.reach()
        for message in list(self.letters.values()):
            yield MemoryLetter(self, message)
            await self.database.reach()

    async def count(self) -> int:
        await self.database.reach()
        return len(self.letters)


class MemoryUnrouted(MemoryDeadLetters):
    """Messages that are replayed under their own routing keys."""

    async def keep(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            key = envelope.routing_key
            await self.add(envelope.body, f"unrouted: no queue was bound for {key}")
            identity, message = self.letters.popitem()
            self.letters[identity] = replace(message, routing_key=key)


class MemoryLetter:
    def __init__(self, dead_letters: MemoryDeadLetters, message: DeadLetterMessage) -> None:
        self._dead_letters = dead_letters
        self.message = message

    async def replay(self) -> None:
        database = self._dead_letters.database
        async with database.writing:
            await database.reach()
            if self._dead_letters.letters.pop(self.message.id, None):
                key = self.message.routing_key or replay_key(self.message.body)
                envelope = Envelope(uuid4(), key, self.message.body)
                await MemoryOutbox(database.state.outbox, database.clock).add([envelope])

    async def discard(self) -> None:
        await self._dead_letters.database.reach()
        self._dead_letters.letters.pop(self.message.id, None)
