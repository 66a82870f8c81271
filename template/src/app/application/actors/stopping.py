"""Waiting for something, or for the stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any


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
