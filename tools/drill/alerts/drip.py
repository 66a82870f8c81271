"""A gentle load that goes on whatever the answers are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

# Seconds between two requests, and the most that wait for an answer.
PAUSE = 0.05
WAITING = 40
TIMEOUT = 10.0


@asynccontextmanager
async def dripping(url: str) -> AsyncIterator[None]:
    """Register notifications, and read them, for as long as the block lasts."""
    task = asyncio.create_task(_drip(url))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _drip(url: str) -> None:
    places = asyncio.Semaphore(WAITING)
    async with (
        httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http,
        asyncio.TaskGroup() as group,
    ):
        number = 0
        while True:
            number += 1
            await places.acquire()
            request = group.create_task(_ask(http, number))
            request.add_done_callback(lambda _: places.release())
            await asyncio.sleep(PAUSE)


async def _ask(http: httpx.AsyncClient, number: int) -> None:
    body = {"receiver": f"r{number % 97}", "action_type": "drilled", "action_data": {"n": number}}
    # The faults of the drill fail requests, too.
    with suppress(httpx.HTTPError):
        answer = await http.post("/notifications", json=body)
        if answer.is_success:
            await http.get(f"/notifications/{answer.json()['id']}")
