"""Port: events written in the transaction of what they tell of, to be published after it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Envelope(Struct, frozen=True):
    """An event ready for the broker."""

    id: UUID
    routing_key: str
    body: bytes


class Outbox(Protocol):
    """The outbox as a use case sees it, inside its transaction."""

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Write the envelopes down; they are published once the transaction has committed."""
        ...
