"""Port: a dependency that can be asked how it is."""

from typing import Protocol


class Health(Protocol):
    """One server or store that the service needs."""

    async def check(self) -> None:
        """Return where it answers; raises `Unavailable`, with the reason, where it does not."""
        ...


class Diagnosable(Health, Protocol):
    """One that can be looked at more closely, for an operator."""

    async def advice(self) -> str | None:
        """Return what should be mended though it answers, and how; raises `Unavailable`."""
        ...
