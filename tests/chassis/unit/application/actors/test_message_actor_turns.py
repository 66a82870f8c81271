"""The turns in which an actor handles its messages, and when it is started."""

import asyncio
import time

import pytest

from chassis.application.actors import message_handling, supervisor
from chassis.application.errors import Busy, NotFound, Unavailable
from tests.chassis.unit.application.actors.desk import Add, Desk, Fail, filled, running
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import RecordingMetrics, lines


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)


async def stopped(desk: Desk) -> None:
    """Run it with a stop that comes at once."""
    stopping = asyncio.Event()
    stopping.set()
    async with asyncio.timeout(30):
        await desk.run(stopping)


async def test_a_turn_handles_all_that_waits_if_it_is_quick(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_handling, "TURN", 60.0)
    desk = Desk(metrics)
    expired = asyncio.create_task(desk.ask(Add(amount=100)))
    await asyncio.sleep(0)
    expired.cancel()
    await asyncio.gather(expired, return_exceptions=True)
    for message in (Add(amount=1), Fail(error=NotFound("no such desk")), Add(amount=2)):
        await desk.tell(message)

    assert await desk.step() is False

    assert desk.total == 3
    assert metrics.gauges["mailbox_depth:desk"] == 0


@in_virtual_time
async def test_turns_follow_each_other_without_a_pause(metrics: RecordingMetrics) -> None:
    desk, loop = Desk(metrics), asyncio.get_running_loop()

    async def compute(message: Add) -> int:
        began = time.monotonic()
        while time.monotonic() - began < 1.5 * message_handling.TURN:
            pass
        return message.amount

    desk.table[Add] = compute
    began = loop.time()
    async with running(desk):
        asked = [asyncio.create_task(desk.ask(Add(amount=number))) for number in range(10)]
        assert await asyncio.gather(*asked) == list(range(10))

    assert loop.time() - began < 1


async def test_an_outage_does_not_start_the_actor_again(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    await desk.tell(Add(amount=5))
    await desk.tell(Fail(error=Unavailable("away")))
    async with running(desk):
        async with asyncio.timeout(30):
            while len(desk.handled) < 3:
                await asyncio.sleep(0.001)
        desk.is_mended = True
        assert await desk.ask(Add(amount=1)) == 6

    assert desk.starts == 1


async def test_a_stop_before_the_first_message_starts_the_actor_once_for_what_waits(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A turn for each message.
    monkeypatch.setattr(message_handling, "TURN", -1.0)
    desk = Desk(metrics)
    for amount in (1, 2, 3):
        await desk.tell(Add(amount=amount))

    await stopped(desk)

    assert (desk.starts, desk.total) == (1, 6)


async def test_a_failure_during_a_stop_starts_the_actor_again(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    for message in (Add(amount=5), Fail(error=KeyError("a bug")), Add(amount=1)):
        await desk.tell(message)

    await stopped(desk)

    assert (desk.starts, desk.total) == (2, 1)


async def test_all_messages_without_an_asker_that_are_dropped_are_counted(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(metrics)
    run = asyncio.create_task(desk.run(asyncio.Event()))
    await filled(desk, 1)
    for amount in (2, 3):
        await desk.tell(Add(amount=amount))
    asked = asyncio.create_task(desk.ask(Add(amount=4)))
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)

    with pytest.raises(Busy):
        await asked
    assert [line["count"] for line in lines(caplog, "messages dropped")] == [2]
