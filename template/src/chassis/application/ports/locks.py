"""Port: locks by name among processes; each grant carries a fencing token."""

from typing import Protocol

from msgspec import Struct


class Grant(Struct, frozen=True):
    """A lock that was granted; its `token` is greater than that of each earlier grant of `name`."""

    name: str
    token: int


class Locks(Protocol):
    """The locks of one place, such as a database; at most one holder at a time has each name.

    A holder that stops renewing, because it died or froze, loses its locks soon after `lease`. It
    may still be working then, so the stores that it writes to must compare its token.
    """

    @property
    def lease(self) -> float:
        """How long a grant is valid after it was acquired or renewed, in seconds."""
        ...

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        """Take the lock and return its grant, with a token greater than `above`; never waits.

        Returns `None` if it is held, by this process or another. Raises `Unavailable`.
        """
        ...

    async def renew(self, grant: Grant) -> bool:
        """Show that the holder is alive; return whether it still holds the lock.

        Raises `Unavailable`: ask `holds` whether to try again before the lease ends.
        """
        ...

    def holds(self, grant: Grant) -> bool:
        """Return whether it is held, as far as this process knows without a query."""
        ...

    async def release(self, grant: Grant) -> None:
        """Release the lock if it is still held; raises nothing."""
        ...

    async def close(self) -> None:
        """Release all locks of this process at once, and disconnect; the next use connects."""
        ...
