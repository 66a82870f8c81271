"""Port: the log of requests, one line for each."""

from typing import Protocol

from msgspec import UNSET, UnsetType


class RequestLog(Protocol):
    """Takes a line for each request of every transport."""

    def write(
        self,
        transport: str,
        method: str | None,
        seconds: float,
        *,
        path: str | UnsetType = UNSET,
        status: int | UnsetType = UNSET,
        code: int | str | UnsetType = UNSET,
    ) -> None:
        """Log a request that ended after `seconds`, with the ids and the caller of its context.

        Never waits for the log's reader. A transport gives `status` (HTTP) or its own `code`;
        `method` is None if the request named none.
        """
        ...

    def flush(self) -> None:
        """Write the lines that still wait."""
        ...
