"""Port: an open stream, as the transport that sends it sees it."""

from typing import Protocol, Self


class Stream[Ready](Protocol):
    """Delivers the `Ready` items at a time, until it ends or its subscriber closes it."""

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> Ready:
        """Wait for the next items."""
        ...

    def close(self, reason: str = "left") -> None:
        """End it; the reason is for the metrics. A second call changes nothing."""
        ...
