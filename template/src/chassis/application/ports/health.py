"""Port: a dependency with a health check."""

from typing import Protocol


class Health(Protocol):
    """One server or store that the service needs."""

    async def check(self) -> None:
        """Return if it answers; raises `Unavailable`, with the reason, if not."""
        ...


class Diagnosable(Health, Protocol):
    """A dependency with a closer check, for an operator."""

    async def advice(self) -> str | None:
        """Return what the operator should change although it answers; raises `Unavailable`."""
        ...
