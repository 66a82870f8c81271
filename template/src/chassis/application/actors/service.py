"""What runs beside the servers."""

import asyncio
from typing import Protocol


class Service(Protocol):
    """Something that runs from the start of the process to its end."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set, finish what is under way, and return."""
        ...
