import asyncio
import time

import pytest

from chassis.application.actors import supervisor
from chassis.application.actors.mailbox import WhenFull
from chassis.application.actors.supervisor import RestartLimit
from chassis.application.errors import (
    Busy,
    Unavailable,
)
from tests.chassis.unit.application.actors.desk import (
    Add,
    Desk,
    Fail,
    asking,
    filled,
    running,
)
from tests.unit.support import RecordingMetrics, lines


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)


async def test_a_stop_handles_what_was_accepted(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics, restart_limit=RestartLimit(most=1))
    async with running(desk) as stopping:
        tasks = await filled(desk, 1, 2)
        await desk.tell(Fail(error=KeyError("a bug")))
        await desk.tell(Fail(error=Unavailable("away")))
        await desk.tell(Add(amount=3))
        stopping.set()
        desk.open.set()
        assert await asyncio.gather(*tasks) == [1, 3]

    assert [type(each) for each in desk.handled] == [Add, Add, Fail, Fail, Add]
    with pytest.raises(Busy, match="the desk has been stopped"):
        await desk.tell(Add(amount=1))


async def test_a_stop_without_grace_refuses_every_asker(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(metrics, limit=2, when_full=WhenFull.WAIT)
    run = asyncio.create_task(desk.run(asyncio.Event()))
    tasks = await filled(desk, 1, 2)
    await desk.tell(Add(amount=3))
    tasks += asking(desk, 4)
    waiting = asyncio.create_task(desk.tell(Add(amount=5)))
    await asyncio.sleep(0)
    run.cancel()
    async with asyncio.timeout(30):
        errors = await asyncio.gather(*tasks, waiting, return_exceptions=True)

    assert [type(error) for error in errors] == [Busy] * 4
    assert [line["count"] for line in lines(caplog, "messages dropped")] == [1]


async def test_handlers_that_never_wait_leave_turns_to_the_rest(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)

    async def compute(message: Add) -> int:
        began = time.monotonic()
        while time.monotonic() - began < 0.001:
            pass
        return message.amount

    desk.table[Add] = compute
    turns = 0
    async with running(desk):
        answers = asyncio.gather(*asking(desk, *range(50)))
        while not answers.done():
            turns += 1
            await asyncio.sleep(0)

    assert turns > 10
