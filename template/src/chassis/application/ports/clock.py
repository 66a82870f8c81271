"""Port: the time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Return now, in UTC, aware."""
        ...


class SharedClock(Protocol):
    """The clock of a server that several processes share."""

    async def time(self) -> datetime | None:
        """Return now by that clock, or `None` if it is this machine's own.

        Raises `Unavailable`.
        """
        ...
