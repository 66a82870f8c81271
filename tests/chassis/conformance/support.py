"""Helpers of the suite's tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.chassis.conformance.driver import Driver, Failed, Item

TIMEOUT = 10.0


def new(receiver: str = "ada", action_type: str = "greeted", **more: Any) -> dict[str, Any]:
    """Return a notification as a caller gives it."""
    return {"receiver": receiver, "action_type": action_type, **more}


async def failed(asking: Awaitable[Any]) -> Failed:
    """Return what the service refuses with; fails where it does not."""
    with pytest.raises(Failed) as caught:
        await asking
    return caught.value


async def notifications(items: AsyncIterator[Item], count: int) -> list[Item]:
    """Return the next notifications, passing over heartbeats; fails after ten seconds."""
    found: list[Item] = []
    async with asyncio.timeout(TIMEOUT):
        while len(found) < count:
            item = await anext(items)
            assert item.event in ("notification", "heartbeat"), item
            found += [item] if item.event == "notification" else []
    return found


async def begun(items: AsyncIterator[Item]) -> Item:
    """Return the first item, which says where the subscription starts."""
    async with asyncio.timeout(TIMEOUT):
        return await anext(items)


async def listed(caller: Driver, count: int) -> list[dict[str, Any]]:
    """Return what is listed, newest first, once there are so many."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        nonlocal found
        found = (await caller.list(size=200))["items"]
        return len(found) >= count

    await until(is_there)
    return found


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is; fails after ten seconds."""
    async with asyncio.timeout(TIMEOUT):
        while not await is_so():
            await asyncio.sleep(0.01)
