import asyncio

import pytest

from chassis.application.actors import supervisor
from chassis.application.actors.mailbox import WhenFull
from chassis.application.actors.supervisor import ActorFailed, RestartLimit
from chassis.application.errors import (
    Busy,
    DeadlineExceeded,
    NotFound,
    NotServed,
    Unavailable,
)
from tests.chassis.unit.application.actors.desk import (
    Add,
    Desk,
    Fail,
    Unknown,
    asking,
    filled,
    running,
)
from tests.unit.support import RecordingMetrics, lines


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(supervisor, "LONGEST_OUTAGE_DELAY", 0.002)


async def test_messages_are_handled_one_by_one_in_order(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    async with running(desk):
        answers = await asyncio.gather(*asking(desk, 1, 2, 3))

    assert answers == [1, 3, 6]
    assert metrics.counters == {"actor_messages:desk:handled": 3}
    assert metrics.gauges["mailbox_depth:desk"] == 0


async def test_what_is_told_is_handled_and_nobody_waits_for_it(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    await desk.tell(Add(amount=4))
    assert metrics.gauges["mailbox_depth:desk"] == 1
    async with running(desk):
        assert await desk.ask(Add(amount=1)) == 5


async def test_a_message_without_a_handler_is_refused_at_once(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    for send in (desk.ask, desk.tell):
        with pytest.raises(NotServed, match=r"^the desk has no handler for Unknown$"):
            await send(Unknown())


async def test_an_answer_that_is_late_is_a_typed_error_and_the_work_goes_on(
    metrics: RecordingMetrics,
) -> None:
    desk = Desk(metrics)
    async with running(desk):
        desk.open.clear()
        with pytest.raises(DeadlineExceeded, match=r"^no answer of the desk within 0\.01 s$"):
            await desk.ask(Add(amount=1), within=0.01)
        desk.open.set()
        assert await desk.ask(Add(amount=1)) == 2


async def test_a_message_whose_deadline_is_over_is_not_begun(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    async with running(desk):
        [first] = await filled(desk, 1)
        with pytest.raises(DeadlineExceeded):
            await desk.ask(Add(amount=10), within=0.01)
        desk.open.set()
        assert await first == 1

    assert desk.handled == [Add(amount=1)]
    assert metrics.counters["actor_messages:desk:expired"] == 1


async def test_a_caller_that_leaves_takes_its_message_along(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    async with running(desk):
        first, second = await filled(desk, 1, 2)
        second.cancel()
        await asyncio.sleep(0)
        desk.open.set()
        assert await first == 1

    assert desk.total == 1


async def test_a_full_mailbox_rejects(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics, limit=1)
    async with running(desk):
        tasks = await filled(desk, 1, 2)
        with pytest.raises(Busy, match="too many requests wait for the desk: try again"):
            await desk.ask(Add(amount=3))
        with pytest.raises(Busy):
            await desk.tell(Add(amount=3))
        desk.open.set()
        assert await asyncio.gather(*tasks) == [1, 3]


async def test_a_full_mailbox_makes_its_callers_wait_in_order(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics, limit=1, when_full=WhenFull.WAIT)
    async with running(desk):
        tasks = await filled(desk, 1, 2)
        tasks += asking(desk, 3, 4)
        told = asyncio.create_task(desk.tell(Add(amount=5)))
        await asyncio.sleep(0.01)
        assert metrics.gauges["mailbox_depth:desk"] == 1
        assert not told.done()
        desk.open.set()
        assert await asyncio.gather(*tasks) == [1, 3, 6, 10]
        await told

    assert desk.total == 15


async def test_a_wait_for_room_counts_towards_the_deadline(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics, limit=1, when_full=WhenFull.WAIT)
    async with running(desk):
        tasks = await filled(desk, 1, 2)
        with pytest.raises(DeadlineExceeded):
            await desk.ask(Add(amount=3), within=0.01)
        desk.open.set()
        assert await asyncio.gather(*tasks) == [1, 3]


async def test_a_full_mailbox_drops_the_oldest_and_tells_its_asker(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(metrics, limit=1, when_full=WhenFull.DROP_OLDEST)
    async with running(desk):
        first, oldest = await filled(desk, 1, 2)
        await desk.tell(Add(amount=3))
        with pytest.raises(Busy, match="newer messages for the desk have replaced this one"):
            await oldest
        assert lines(caplog, "messages dropped") == []
        await desk.tell(Add(amount=4))
        desk.open.set()
        assert await first == 1

    assert desk.total == 5
    assert metrics.counters["actor_messages:desk:dropped"] == 2
    # The asker of the other one was told.
    assert [line["count"] for line in lines(caplog, "messages dropped")] == [1]


async def test_an_error_that_callers_know_is_an_answer(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)
    async with running(desk):
        for error in (NotFound("no such desk"), Unavailable("the database is away")):
            with pytest.raises(type(error), match=str(error)):
                await desk.ask(Fail(error=error))

    assert desk.starts == 1
    assert metrics.counters == {"actor_messages:desk:refused": 2}


async def test_a_failure_is_told_to_the_asker_and_the_actor_starts_anew(
    metrics: RecordingMetrics,
) -> None:
    desk = Desk(metrics)
    async with running(desk):
        await desk.ask(Add(amount=5))
        with pytest.raises(KeyError):
            await desk.ask(Fail(error=KeyError("a bug")))
        assert await desk.ask(Add(amount=1)) == 1

    assert desk.starts == 2
    assert metrics.counters["actor_restarts:desk"] == 1
    assert metrics.counters["actor_messages:desk:failed"] == 1


async def test_too_many_failures_end_it_and_no_asker_hangs(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics, restart_limit=RestartLimit(most=2))
    asked = [asyncio.create_task(desk.ask(Fail(error=KeyError("a bug")))) for _ in range(3)]
    asked.append(asyncio.create_task(desk.ask(Fail(error=KeyError("left")))))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        with pytest.raises(ActorFailed, match="desk failed 3 times within 60 s"):
            await desk.run(asyncio.Event())
        errors = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(error) for error in errors] == [KeyError, KeyError, KeyError, Busy]
    with pytest.raises(Busy, match="the desk has been stopped"):
        await desk.ask(Add(amount=1))


async def test_without_state_a_failure_does_not_delay_the_next_message(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(metrics, keeps_state=False)
    async with running(desk):
        for _ in range(20):
            await desk.tell(Fail(error=KeyError("a bug")))
        assert await desk.ask(Add(amount=1)) == 1

    assert metrics.counters["actor_messages:desk:failed"] == 20
    assert "actor_restarts:desk" not in metrics.counters
    failed = lines(caplog, "message failed")
    assert len(failed) == 20
    assert (failed[0]["actor"], failed[0]["type"], failed[0]["error"]) == (
        "desk",
        "Fail",
        "'a bug'",
    )


async def test_what_is_told_during_an_outage_stays_first_until_it_is_over(
    metrics: RecordingMetrics,
) -> None:
    desk = Desk(metrics)
    away = Fail(error=Unavailable("the database is away"))
    await desk.tell(away)
    await desk.tell(Add(amount=1))
    async with running(desk):
        async with asyncio.timeout(30):
            while len(desk.handled) < 3:
                await asyncio.sleep(0.001)
        assert metrics.gauges["mailbox_age_seconds:desk"] > 0
        desk.is_mended = True
        assert await desk.ask(Add(amount=1)) == 2

    assert desk.handled == [*[away] * (len(desk.handled) - 2), Add(amount=1), Add(amount=1)]
    assert "actor_restarts:desk" not in metrics.counters


async def test_a_handler_whose_own_work_is_cancelled_has_failed(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics)

    async def cancelled(message: Fail) -> None:
        task = asyncio.create_task(asyncio.sleep(1))
        task.cancel()
        await task

    desk.table[Fail] = cancelled
    async with running(desk):
        with pytest.raises(RuntimeError, match="the handler's own work was cancelled"):
            await desk.ask(Fail(error=KeyError()))
        assert await desk.ask(Add(amount=1)) == 1


async def test_workers_handle_messages_at_the_same_time(metrics: RecordingMetrics) -> None:
    desk = Desk(metrics, keeps_state=False, workers=2)
    together = asyncio.Barrier(2)

    async def meet(message: Add) -> int:
        async with asyncio.timeout(30):
            await together.wait()
        return message.amount

    desk.table[Add] = meet
    async with running(desk) as stopping:
        assert await asyncio.gather(*asking(desk, 1, 2)) == [1, 2]
        tasks = asking(desk, 3, 4, 5, 6)
        await asyncio.sleep(0)
        stopping.set()
        assert await asyncio.gather(*tasks) == [3, 4, 5, 6]


async def test_every_outcome_is_visible_before_it_happens(metrics: RecordingMetrics) -> None:
    Desk(metrics)
    outcomes = ("handled", "refused", "failed", "expired", "dropped")
    assert metrics.zeros >= {f"actor_messages:desk:{outcome}" for outcome in outcomes}
