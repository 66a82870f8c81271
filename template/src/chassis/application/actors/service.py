"""The background tasks of a process."""

import asyncio
from typing import Protocol


class BackgroundService(Protocol):
    """A task that runs from the start of the process to its end."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set, finish the running work, and return."""
        ...
