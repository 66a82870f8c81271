"""The limits of an actor that says nothing about them, and what its callers are told."""

import asyncio

import pytest

from chassis.application.actors import message_handling
from chassis.application.actors.local_jobs import LocalJobs
from chassis.application.actors.mailbox import WhenFull
from chassis.application.errors import Busy, DeadlineExceeded
from tests.chassis.unit.application.actors.desk import Add, Desk, Fail, filled, running
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import RecordingMetrics, lines


async def accepted(desk: Desk | LocalJobs) -> int:
    """Return how many messages it accepts before it handles one."""
    count = 0
    with pytest.raises(Busy) as full:
        while True:
            await desk.tell(Add(amount=1))
            count += 1
    assert full.value.retry_after == 1
    return count


async def test_a_thousand_messages_wait_for_an_actor(metrics: RecordingMetrics) -> None:
    assert await accepted(Desk(metrics)) == 1000


async def test_ten_thousand_local_jobs_wait(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)

    assert await accepted(LocalJobs({Add: lambda: desk._add}, 2, metrics)) == 10_000


@pytest.mark.parametrize("when_full", (WhenFull.REJECT, WhenFull.WAIT))
@in_virtual_time
async def test_an_asker_waits_for_five_seconds_unless_it_says_otherwise(
    metrics: RecordingMetrics, when_full: WhenFull
) -> None:
    desk, loop = Desk(metrics, limit=1, when_full=when_full), asyncio.get_running_loop()
    if when_full is WhenFull.WAIT:
        await desk.tell(Add(amount=1))
    began = loop.time()

    with pytest.raises(DeadlineExceeded, match=r"^no answer of the desk within 5 s$"):
        await desk.ask(Add(amount=1))

    assert 5 <= loop.time() - began <= 5.2


async def test_a_full_mailbox_rejects_unless_an_actor_says_otherwise(
    metrics: RecordingMetrics,
) -> None:
    desk = Desk(metrics, limit=1)
    await desk.tell(Add(amount=1))

    with pytest.raises(Busy):
        await desk.tell(Add(amount=2))


async def test_what_a_stop_or_newer_messages_drop_may_be_tried_again(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(metrics, limit=1, when_full=WhenFull.DROP_OLDEST)
    run = asyncio.create_task(desk.run(asyncio.Event()))
    _, replaced = await filled(desk, 1, 2)
    await desk.tell(Add(amount=3))
    await asyncio.gather(replaced, return_exceptions=True)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)

    error = replaced.exception()
    assert isinstance(error, Busy)
    assert str(error) == "newer messages for the desk have replaced this one"
    assert error.retry_after == 1
    [line] = lines(caplog, "messages dropped")
    assert (line["actor"], line["count"]) == ("desk", 1)


async def test_a_stop_tells_every_asker_to_try_again(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    run = asyncio.create_task(desk.run(asyncio.Event()))
    tasks = await filled(desk, 1, 2)
    run.cancel()
    errors = await asyncio.gather(*tasks, return_exceptions=True)

    assert [str(error) for error in errors] == [
        "the desk was stopped: try again",
        "the desk has been stopped: try again",
    ]
    assert metrics.counters["actor_messages:desk:dropped"] == 2


async def test_handled_messages_are_counted_while_the_actor_works(
    metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_handling, "COUNTING", 0.01)
    desk = Desk(metrics)
    async with running(desk):
        for asked, total in ((2, 2), (3, 5)):
            for _ in range(asked):
                await desk.ask(Add(amount=1))
            async with asyncio.timeout(30):
                while metrics.counters.get("actor_messages:desk:handled") != total:
                    await asyncio.sleep(0.001)

    assert metrics.counters == {"actor_messages:desk:handled": 5}


async def test_a_handler_that_fails_for_an_asker_is_not_logged_twice(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(metrics, keeps_state=False)
    async with running(desk):
        with pytest.raises(KeyError):
            await desk.ask(Fail(error=KeyError("a bug")))

    assert lines(caplog, "message failed") == []


async def test_a_failure_that_nobody_waits_for_is_logged_with_its_traceback(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk, error = Desk(metrics, keeps_state=False), KeyError("a bug")
    async with running(desk):
        await desk.tell(Fail(error=error))

    [line] = lines(caplog, "message failed")
    assert line["exc_info"][1] is error
