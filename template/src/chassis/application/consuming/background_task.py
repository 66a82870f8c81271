"""Best-effort work that runs after an ack."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

type Work = Callable[[], Awaitable[None]]


class BackgroundTask:
    """Runs one piece of best-effort work at a time, in order, while its caller continues."""

    def __init__(self) -> None:
        self._running: asyncio.Task[None] | None = None

    async def start(self, work: Work) -> None:
        """Begin `work` once the piece before it has ended, so that at most one waits."""
        await self.finish()
        self._running = asyncio.create_task(_attempt(work))

    async def finish(self) -> None:
        """Wait for the running work."""
        if self._running is not None:
            running, self._running = self._running, None
            await running


async def _attempt(work: Work) -> None:
    try:
        await work()
    except Exception:
        log.exception("the work after an ack has failed")
