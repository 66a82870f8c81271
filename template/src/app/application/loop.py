"""The background loops: step while there is work, wait while there is none, outlive failures."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from app.application.errors import Unavailable

log = logging.getLogger(__name__)

FIRST_DELAY = 0.1
LONGEST_DELAY = 30.0


class Service(Protocol):
    """Something that runs beside the servers."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set, finish what is under way, and return."""
        ...


async def run_loop(
    name: str,
    step: Callable[[], Awaitable[bool]],
    idle: Callable[[], Coroutine[Any, Any, None]],
    stopping: asyncio.Event,
) -> None:
    """Call `step` until `stopping` is set.

    A step returns whether it found work; `idle` is awaited where it did not, and cut short by
    `stopping`. A step that fails is tried again after a delay that doubles up to 30 s.
    """
    delay = FIRST_DELAY
    while not stopping.is_set():
        try:
            worked = await step()
        except Exception as error:
            expected = isinstance(error, Unavailable)
            log.warning(
                "loop failed, trying again",
                extra={"loop": name, "error": str(error), "retry_in": delay},
                exc_info=None if expected else error,
            )
            await until(stopping, asyncio.sleep(delay))
            delay = min(delay * 2, LONGEST_DELAY)
            continue
        delay = FIRST_DELAY
        if not worked:
            await until(stopping, idle())


async def until[Result](
    stopping: asyncio.Event, work: Coroutine[Any, Any, Result]
) -> Result | None:
    """Await `work` and return its result, or cancel it and return `None` once `stopping` is set."""
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        return None
    finally:
        for task in (working, stopped):
            task.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)
