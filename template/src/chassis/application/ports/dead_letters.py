"""Port: the messages that this service received and no handler could take."""

from datetime import datetime
from typing import Protocol

from chassis.application.failures import NONE, Failures
from chassis.application.ports.dead_letter_queue import DeadLetterQueue

# The routing key of a stored message that is replayed: the memory broker's queue always takes it.
REPLAY = "replay"
# That of a durable job, which its own queue takes.
REPLAY_JOB = "replay-job"


class DeadLetters(DeadLetterQueue, Protocol):
    """Replayed to this consumer alone: the other receivers of the event have settled it."""

    async def add(
        self, body: bytes, reason: str, failures: Failures = NONE, at: datetime | None = None
    ) -> None:
        """Keep a message, dead-lettered `at` that time or now.

        Raises `Unavailable`, and then it is not kept.
        """
        ...
