"""Waiting for a state without its own event, such as an empty set."""

import asyncio
from collections.abc import Callable


async def wait_until(done: Callable[[], bool], timeout: float) -> None:
    """Return once it is done, or after `timeout` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while not done() and loop.time() < end:  # noqa: ASYNC110  # sets have no event
        await asyncio.sleep(0.01)
