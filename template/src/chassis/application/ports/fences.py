"""Port: the newest fencing token of each lock, next to the data that the lock protects."""

from typing import Protocol

from chassis.application.ports.locks import Grant


class Fences(Protocol):
    """A transaction compares its grant with the newest one; see `UnitOfWork.begin`."""

    async def mint(self, name: str) -> int:
        """Return a new token for the lock, greater than all earlier ones; only its holder may.

        Raises `Unavailable`.
        """
        ...

    async def record(self, grant: Grant) -> int | None:
        """Make the grant of another server the newest one of its lock.

        Returns `None`, or the token that it would have to exceed. Raises `Unavailable`.
        """
        ...

    async def forget(self, grant: Grant) -> None:
        """Refuse the grant from now on, if it is still the newest one. Raises `Unavailable`."""
        ...
