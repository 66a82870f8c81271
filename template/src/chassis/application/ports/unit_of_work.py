"""Port: one transaction for each message."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from chassis.application.ports.locks import Grant


class UnitOfWork[Work](Protocol):
    """Opens transactions; `Work` bundles the repositories that share one."""

    def begin(self, fence: Grant | None = None) -> AbstractAsyncContextManager[Work]:
        """Open a transaction that commits at the end of the block, or rolls back on an error.

        `fence` is the grant of a lock, or of the leader. The transaction commits only if it is the
        newest grant of that lock; no newer one is given out before the end. Raises `StaleGrant`
        otherwise. Raises `Unavailable` if the database does not answer; then nothing was stored.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Work]:
        """Open a snapshot to read from. Raises `Unavailable` if the database does not answer."""
        ...
