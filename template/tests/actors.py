"""Runs actors inside a test, as the service runs them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.application.actors.service import BackgroundService

# Seconds that each has to stop.
GRACE = 10.0


@asynccontextmanager
async def running(*actors: BackgroundService) -> AsyncIterator[None]:
    """Run the actors inside the block; at its end stop them in this order.

    A stopped actor has handled all messages that it had accepted. Raises the error of an actor that
    gives up, in a group, and `TimeoutError` if one does not stop.
    """
    async with asyncio.TaskGroup() as group:
        started = []
        for actor in actors:
            stopping = asyncio.Event()
            started.append((stopping, group.create_task(actor.run(stopping))))
        yield
        for stopping, task in started:
            stopping.set()
            async with asyncio.timeout(GRACE):
                await task
