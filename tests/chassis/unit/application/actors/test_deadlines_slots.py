"""When exactly a wait ends: by a clock that jumps."""

import asyncio
from typing import Any

from chassis.application.actors.deadlines import SLOTS, Deadlines
from chassis.application.errors import DeadlineExceeded
from tests.chassis.unit.virtual_time import in_virtual_time


async def wait(deadlines: Deadlines, within: float) -> float:
    """Wait for nothing, and return how long it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer: asyncio.Future[Any] = loop.create_future()
    deadlines.slot(loop, within).add(answer)
    error = await asyncio.gather(answer, return_exceptions=True)
    assert [str(each) for each in error] == [f"no answer of the desk within {within:g} s"]
    assert isinstance(error[0], DeadlineExceeded)
    return loop.time() - began


@in_virtual_time
async def test_a_wait_ends_at_most_by_a_slot_too_late_and_never_too_early() -> None:
    deadlines = Deadlines("desk")
    for _ in range(2 * SLOTS):
        for within in (6.4, 3.2):
            took = await wait(deadlines, within)
            assert within - 1e-9 <= took <= within * (1 + 1 / SLOTS) + 1e-9
        await asyncio.sleep(0.07)


@in_virtual_time
async def test_waits_that_begin_in_one_slot_end_together() -> None:
    deadlines, loop = Deadlines("desk"), asyncio.get_running_loop()
    # A slot of the longer waits is twice as long.
    await asyncio.sleep(0.03)
    first = deadlines.slot(loop, 6.4)
    other = deadlines.slot(loop, 3.2)
    await asyncio.sleep(0.03)

    assert deadlines.slot(loop, 6.4) is first
    assert deadlines.slot(loop, 3.2) is not other
    await asyncio.sleep(0.1)
    assert deadlines.slot(loop, 6.4) is not first


@in_virtual_time
async def test_an_answer_that_came_in_time_is_left_alone() -> None:
    deadlines, loop = Deadlines("desk"), asyncio.get_running_loop()
    answers = [loop.create_future() for _ in range(3)]
    deadlines.slot(loop, 1).update(answers)
    answers[1].set_result("in time")
    await asyncio.sleep(2)

    found = await asyncio.gather(*answers, return_exceptions=True)

    assert [type(each) for each in found] == [DeadlineExceeded, str, DeadlineExceeded]
