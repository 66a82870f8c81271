"""Port: events that a transaction writes with its rows, to be published after it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Envelope(Struct, frozen=True):
    """An event ready for the broker.

    `traceparent` is that of the event in `body`. An envelope from the outbox's table has none.
    """

    id: UUID
    routing_key: str
    body: bytes
    traceparent: str | None = None


class Outbox(Protocol):
    """The outbox as a use case sees it, inside its transaction."""

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Add the envelopes; they are published once the transaction has committed."""
        ...
