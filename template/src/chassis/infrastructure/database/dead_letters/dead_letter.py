"""One dead letter of the database."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete

from chassis.application.durable_jobs.durable_job import is_job
from chassis.application.failures import Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.application.ports.dead_letters import REPLAY, REPLAY_JOB
from chassis.application.ports.outbox import Envelope
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.table import dead_letters
from chassis.infrastructure.database.outbox.outbox import SqlOutbox
from chassis.infrastructure.database.transaction import begin
from chassis.infrastructure.wire.cloudevents import routed_by


class SqlDeadLetter:
    """The `DeadLetter` of one row, replayed with the given routing key, or to its queue."""

    def __init__(self, database: Database, row: Row[Any], routing_key: str = "") -> None:
        self._database = database
        self._routing_key = routing_key or replay_key(row.body)
        self._delete = delete(dead_letters).where(dead_letters.c.id == row.id)
        failures = Failures(row.attempts, row.first_failed_at, row.last_failed_at)
        self.message = DeadLetterMessage(
            str(row.id), row.body, row.reason, row.dead_lettered_at, failures, routing_key
        )

    async def replay(self) -> None:
        """Move it to the outbox, whose relay may run in another process.

        Both happen in one transaction; does nothing if the row was removed meanwhile.
        """
        async with begin(self._database) as transaction:
            if (await transaction.execute(self._delete)).rowcount:
                # A new id: the event's id may still be in the outbox, or be invalid.
                envelope = Envelope(uuid4(), self._routing_key, self.message.body)
                await SqlOutbox(transaction).add([envelope])

    async def discard(self) -> None:
        """Delete the row, if it still exists."""
        async with self._database.transaction() as connection:
            await connection.execute(self._delete)


def replay_key(body: bytes) -> str:
    """Return the routing key that brings a dead letter back to its queue."""
    return REPLAY_JOB if is_job(routed_by(body)[0]) else REPLAY
