"""Port: the waiting envelopes of the outbox."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from msgspec import Struct, field

from chassis.application.ports.outbox import Envelope

# Bytes of bodies that one claim reads into memory.
WEIGHT = 16 * 2**20


class OutboxDepth(Struct, frozen=True):
    """How many envelopes wait, counted no further than asked, and the id of the oldest."""

    count: int
    oldest: UUID | None


class Claim(Struct):
    """Envelopes that one relay works on; it puts into `confirmed` what the broker has confirmed."""

    envelopes: tuple[Envelope, ...]
    confirmed: set[UUID] = field(default_factory=set)


class OutboxReader(Protocol):
    """The outbox as the relay sees it, after the transactions."""

    def claim(self, limit: int, *, weight: int = WEIGHT) -> AbstractAsyncContextManager[Claim]:
        """Claim at most `limit` due envelopes, of `weight` bytes together, oldest first.

        A heavier envelope comes alone.

        At the end of the block the confirmed ones are deleted and the others become due again after
        a delay that grows with each attempt. On an error all stay as they were.
        """
        ...

    async def release(self) -> None:
        """Release the unclaimed envelopes to other claimants, in this process or in another.

        A relay that claims no more must call it: without it other relays may have to wait for a
        while.
        """
        ...

    async def depth(self, *, at_most: int) -> OutboxDepth:
        """Return how much waits, due or not."""
        ...
