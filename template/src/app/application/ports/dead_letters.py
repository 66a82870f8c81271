"""Port: the messages that no handler could take."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct


class DeadLetter(Struct, frozen=True):
    """A parked message, as it came, and why it was parked."""

    id: int
    body: bytes
    reason: str
    parked_at: datetime


class DeadLetters(Protocol):
    """Kept until somebody deals with them."""

    async def park(self, body: bytes, reason: str) -> None:
        """Keep the message."""
        ...

    async def select(self, *, limit: int) -> list[DeadLetter]:
        """Return at most `limit`, oldest first."""
        ...

    async def count(self) -> int:
        """Return how many there are."""
        ...
