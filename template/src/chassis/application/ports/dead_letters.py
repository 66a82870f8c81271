"""Port: the messages that this service received and no handler could take."""

from typing import Protocol

from chassis.application.failures import NONE, Failures
from chassis.application.ports.dead_letter_queue import DeadLetterQueue

# The routing key of a stored one that is replayed: the memory broker's queue takes it always.
REPLAY = "replay"


class DeadLetters(DeadLetterQueue, Protocol):
    """Replayed to this consumer alone: what others received from the same event is settled."""

    async def add(self, body: bytes, reason: str, failures: Failures = NONE) -> None:
        """Keep a message; raises `Unavailable`, and then it is not kept."""
        ...
