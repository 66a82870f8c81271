"""Port: the events of the outbox whose time has not come."""

from datetime import datetime
from typing import Protocol


class DelayedOutbox(Protocol):
    """Keeps committed events apart from the outbox until their time."""

    async def next(self) -> datetime | None:
        """Return the earliest time that an event waits for, if any does; raises `Unavailable`."""
        ...

    async def count(self, *, at_most: int) -> int:
        """Return how many wait, counted no further than `at_most`; raises `Unavailable`."""
        ...

    async def release(self, now: datetime, *, limit: int) -> int:
        """Move events to the outbox in one transaction, and return how many.

        They are at most `limit`, their time is `now` or earlier, and they are moved in the order of
        their times. No other replica moves the same ones. Raises `Unavailable`; then it has moved
        nothing.
        """
        ...
