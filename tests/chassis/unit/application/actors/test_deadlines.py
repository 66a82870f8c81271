import asyncio

import pytest

from chassis.application.actors.deadlines import SLOTS, Deadlines
from chassis.application.errors import DeadlineExceeded


@pytest.fixture
def deadlines() -> Deadlines:
    return Deadlines("desk")


async def wait(deadlines: Deadlines, within: float) -> float:
    """Wait for nothing, and return how long it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer: asyncio.Future[None] = loop.create_future()
    deadlines.slot(loop, within).add(answer)
    with pytest.raises(DeadlineExceeded, match=f"^no answer of the desk within {within:g} s$"):
        await answer
    return loop.time() - began


async def test_a_wait_ends_at_its_deadline_and_never_before(deadlines: Deadlines) -> None:
    lengths = (0.02, 0.05, 0.02, 0.03)
    async with asyncio.timeout(30):
        took = await asyncio.gather(*(wait(deadlines, within) for within in lengths))

    for within, seconds in zip(lengths, took, strict=True):
        # A timer of the loop may be early by the resolution of its clock.
        assert seconds >= within - 0.002


async def test_waits_that_begin_together_share_a_timer(deadlines: Deadlines) -> None:
    loop = asyncio.get_running_loop()
    slots = {id(deadlines.slot(loop, 1000)) for _ in range(1000)}

    assert len(slots) <= 2
    assert deadlines.slot(loop, 1000) is not deadlines.slot(loop, 900)
    assert deadlines.slot(loop, 1000) is deadlines.slot(loop, 1000)


async def test_an_answered_wait_is_left_alone(deadlines: Deadlines) -> None:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[int] = loop.create_future()
    waits = deadlines.slot(loop, 0.01)
    waits.add(answer)
    answer.set_result(1)
    await asyncio.sleep(0.01 * (1 + 2 / SLOTS) + 0.02)

    assert await answer == 1
    assert deadlines.slot(loop, 0.01) is not waits
