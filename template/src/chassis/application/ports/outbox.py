"""Port: events that a transaction writes with its rows, to be published after it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Envelope(Struct, frozen=True):
    """An event ready for the broker.

    `traceparent` is that of the event in `body`. An envelope from the outbox's table has none. The
    envelope is published `not_before` that time.
    """

    id: UUID
    routing_key: str
    body: bytes
    traceparent: str | None = None
    not_before: datetime | None = None


class Outbox(Protocol):
    """The outbox as a use case sees it, inside its transaction."""

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Add the envelopes; they are published once the transaction has committed.

        A delayed one is published at its time. Raises `Invalid` if that is too far ahead, and
        `Busy` while too many wait.
        """
        ...
