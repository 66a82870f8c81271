"""Port: the rate limit of callers."""

from typing import Protocol


class RateLimit(Protocol):
    """A token bucket for each caller: so many requests a second, and so many at once."""

    async def take(self, caller: str) -> float:
        """Take one request; return 0 if it may continue, or the seconds until it might."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...
