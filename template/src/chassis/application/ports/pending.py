"""Port: what waits in the outbox."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from msgspec import Struct, field

from chassis.application.ports.outbox import Envelope

# Bytes of bodies that one claim brings into memory.
WEIGHT = 16 * 2**20


class Extent(Struct, frozen=True):
    """How many envelopes wait, counted no further than asked, and the id of the oldest."""

    count: int
    oldest: UUID | None


class Claim(Struct):
    """Envelopes that one relay works on; it puts into `confirmed` what the broker has taken."""

    envelopes: tuple[Envelope, ...]
    confirmed: set[UUID] = field(default_factory=set)


class Pending(Protocol):
    """The outbox as the relay sees it, after the transactions."""

    def claim(self, limit: int, *, weight: int = WEIGHT) -> AbstractAsyncContextManager[Claim]:
        """Claim at most `limit` due envelopes, of `weight` bytes together, oldest first.

        One that is heavier comes alone.

        At the end of the block the confirmed ones are deleted and the others become due again
        after a delay that grows with each attempt. On an error all stay as they were.
        """
        ...

    async def release(self) -> None:
        """Leave what nobody has claimed to whoever claims it, here or in another process.

        To be called by one who claims no more: without it others may have to wait for a while.
        """
        ...

    async def extent(self, *, at_most: int) -> Extent:
        """Return how much waits, due or not."""
        ...
