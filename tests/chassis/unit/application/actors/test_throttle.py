import asyncio

import pytest

from chassis.application.actors.throttle import Throttle


async def test_the_first_turn_is_at_once(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it may be where the machine has just started.
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 0.0)

    await Throttle(100).wait()

    assert waits == []


async def test_turns_begin_the_interval_apart(waits: list[float]) -> None:
    throttle = Throttle(100)
    for _ in range(3):
        await throttle.wait()

    assert waits == [pytest.approx(100, abs=1), pytest.approx(200, abs=1)]


async def test_whoever_comes_late_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    throttle = Throttle(0.001)
    await throttle.wait()
    await asyncio.sleep(0.002)
    monkeypatch.setattr(asyncio, "sleep", None)

    await throttle.wait()


async def test_without_an_interval_nothing_waits(waits: list[float]) -> None:
    throttle = Throttle(0.0)
    for _ in range(1000):
        await throttle.wait()

    assert waits == []
