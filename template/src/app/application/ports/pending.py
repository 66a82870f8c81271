"""Port: what waits in the outbox."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from msgspec import Struct, field

from app.application.ports.outbox import Envelope


class Claim(Struct):
    """Envelopes that one relay works on; it adds to `confirmed` what the broker has taken."""

    envelopes: tuple[Envelope, ...]
    confirmed: set[UUID] = field(default_factory=set)


class Pending(Protocol):
    """The outbox as the relay sees it, after the transactions."""

    def claim(self, limit: int) -> AbstractAsyncContextManager[Claim]:
        """Claim at most `limit` due envelopes, oldest first.

        At the end of the block the confirmed ones are deleted and the others become due again
        after a delay that grows with each attempt. On an error all stay as they were.
        """
        ...

    async def count(self) -> int:
        """Return how many envelopes wait."""
        ...
