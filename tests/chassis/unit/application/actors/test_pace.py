import asyncio

import pytest

from chassis.application.actors.pace import Pace


async def test_the_first_turn_is_at_once(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As it may be where the machine has just started.
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 0.0)

    await Pace(100).turn()

    assert waits == []


async def test_turns_begin_the_interval_apart(waits: list[float]) -> None:
    pace = Pace(100)
    for _ in range(3):
        await pace.turn()

    assert waits == [pytest.approx(100, abs=1), pytest.approx(200, abs=1)]


async def test_whoever_comes_late_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace(0.001)
    await pace.turn()
    await asyncio.sleep(0.002)
    monkeypatch.setattr(asyncio, "sleep", None)

    await pace.turn()
