"""Port: one transaction for each message."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class UnitOfWork[Work](Protocol):
    """Opens transactions; `Work` bundles the repositories that share one."""

    def begin(self) -> AbstractAsyncContextManager[Work]:
        """Open a transaction that commits at the end of the block, or rolls back on an error.

        Raises `Unavailable` if the database does not answer; then nothing was stored.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Work]:
        """Open a snapshot to read from. Raises `Unavailable` if the database does not answer."""
        ...
