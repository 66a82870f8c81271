"""Port: a signal to waiting loops that there is something to read."""

from typing import Protocol


class Signal(Protocol):
    """Best effort: a signal may be lost, so a waiting loop also polls."""

    async def notify(self) -> None:
        """Wake at least one loop that waits here, and one in each other process; raises nothing."""
        ...

    async def notify_others(self) -> None:
        """Wake one loop in each other process: this one knows already. Raises nothing."""
        ...

    async def wait(self, timeout: float) -> None:
        """Return once it was notified since the last wait, or after `timeout` seconds."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
