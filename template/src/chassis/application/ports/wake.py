"""Port: a bell that tells waiting loops that there is something to read."""

from typing import Protocol


class Wake(Protocol):
    """Best effort: a ring may be lost, so whoever waits also looks from time to time."""

    async def ring(self) -> None:
        """Wake one that waits here, at least, and one in each other process; raises nothing."""
        ...

    async def ring_others(self) -> None:
        """Wake one in each other process: here it is known already. Raises nothing."""
        ...

    async def wait(self, timeout: float) -> None:
        """Return once it was rung since the last wait, or after `timeout` seconds."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
