"""Port: how often one caller may ask."""

from typing import Protocol


class RateLimit(Protocol):
    """A token bucket for each caller: so many requests a second, and so many at once."""

    async def take(self, caller: str) -> float:
        """Take one request; return 0 where it may go on, or the seconds until it might."""
        ...

    async def close(self) -> None:
        """Close what it has opened."""
        ...
