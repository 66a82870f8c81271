"""The pruner: sees to it that nothing grows for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.application.actors.actor import Actor
from app.application.ports.metrics import Metrics

INTERVAL = 3600.0


class Pruner(Actor):
    """Prunes at the start and about once an hour; replicas drift apart, so few do at once."""

    def __init__(self, prune: Callable[[], Awaitable[bool]], metrics: Metrics) -> None:
        super().__init__("pruner", metrics)
        self._prune = prune

    async def step(self) -> bool:
        """Prune a little."""
        return await self._prune()

    async def rest(self) -> None:
        """Wait about an hour."""
        await asyncio.sleep(INTERVAL * random.uniform(0.8, 1.2))
