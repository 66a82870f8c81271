"""A drain waits for clients that still take their answers, and for no others."""

import asyncio
from itertools import count

import pytest

from chassis.interfaces.serving import drain
from chassis.interfaces.serving.drain import wait_for_clients


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have clients take something every 10 ms, and end 20 ms before the deadline."""
    monkeypatch.setattr(drain, "CLOSING", 0.01)
    monkeypatch.setattr(drain, "RESERVE", 0.02)


def deadline(seconds: float) -> float:
    """Return the loop's time in so many seconds."""
    return asyncio.get_running_loop().time() + seconds


async def test_waits_while_they_take_something() -> None:
    steps = iter(range(10))
    await wait_for_clients(lambda: False, lambda: next(steps, 9), deadline(60))

    assert next(steps, None) is None


async def test_does_not_wait_once_all_have_closed() -> None:
    asked = 0

    def progress() -> int:
        nonlocal asked
        asked += 1
        return asked

    await wait_for_clients(lambda: asked == 3, progress, deadline(60))
    assert asked == 3
    await wait_for_clients(lambda: True, progress, deadline(60))
    assert asked == 3


async def test_does_not_wait_for_those_that_take_nothing() -> None:
    async with asyncio.timeout(30):
        await wait_for_clients(lambda: False, lambda: 5, deadline(60))


async def test_ends_before_the_deadline_whatever_they_take() -> None:
    steps = count()
    async with asyncio.timeout(30):
        await wait_for_clients(lambda: False, lambda: next(steps), deadline(0.2))

    assert next(steps) > 1
