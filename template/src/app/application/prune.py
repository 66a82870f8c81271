"""The pruner: sees to it that nothing grows for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.application.loop import run_loop

INTERVAL = 3600.0


class Pruner:
    """Prunes at the start and about once an hour; replicas drift apart, so few do at once."""

    def __init__(self, prune: Callable[[], Awaitable[bool]]) -> None:
        self._prune = prune

    async def run(self, stopping: asyncio.Event) -> None:
        """Prune until `stopping` is set, a step at a time."""
        await run_loop("pruner", self._prune, _rest, stopping)


async def _rest() -> None:
    await asyncio.sleep(INTERVAL * random.uniform(0.8, 1.2))
