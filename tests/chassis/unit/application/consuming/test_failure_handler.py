"""Deliveries that could not be handled."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from chassis.application.consuming import consumer, failure_handler
from chassis.application.consuming.failure_handler import FailureHandler
from chassis.application.context import Context, new_context
from chassis.application.errors import Unavailable
from chassis.application.failures import NONE, Failures
from chassis.application.ports.subscription import Delivery
from chassis.application.retry_schedule import RetrySchedule
from tests.chassis.unit.application.consuming.support import (
    CODEC,
    TRACEPARENT,
    Setting,
    body,
    deliveries,
)
from tests.unit.support import lines

FULL = "the consumer waits: the broker does not take failed messages"
GARBAGE = len(b"garbage")


async def test_each_failure_has_its_delay_and_the_last_one_is_dead_lettered(
    setting: Setting,
) -> None:
    failures, delays = NONE, []
    started = setting.clock()
    for _ in range(3):
        await setting.handle(*deliveries(("a", "poison"), failures=failures))
        await setting.failures.step()
        failures = setting.broker.rejections[-1].failures
        delays.append(setting.broker.rejections[-1].delay)
        setting.clock.turn(seconds=5)

    assert delays == [1, 10, None]
    assert failures == Failures(3, started, started + timedelta(seconds=10))
    assert setting.metrics.counters["events_retried:a"] == 2
    assert setting.metrics.counters["events_dead_lettered:failed"] == 1


async def test_what_no_retry_can_help_is_dead_lettered_at_once(setting: Setting) -> None:
    await setting.consume(("", ""), ("c", "1"), ("a", "fault"))

    assert [each.delay for each in setting.broker.rejections] == [None] * 3
    now = setting.clock()
    assert [each.failures for each in setting.broker.rejections] == [Failures(1, now, now)] * 3
    assert "events_retried:a" not in setting.metrics.counters


def test_each_reason_is_counted_from_the_start(setting: Setting) -> None:
    reasons = ("undecodable", "unknown type", "refused", "failed")

    assert {f"events_dead_lettered:{reason}" for reason in reasons} <= setting.metrics.zeros


@pytest.mark.parametrize(("count", "retry_in"), ((0, 1), (1, 10), (2, None)))
async def test_a_failure_is_logged_under_the_request_of_its_event(
    setting: Setting,
    caplog: pytest.LogCaptureFixture,
    contexts: list[Context | None],
    count: int,
    retry_in: float | None,
) -> None:
    [poison] = deliveries(("a", "poison"), failures=Failures(count))

    await setting.handle(poison)
    await setting.failures.step()

    [line] = lines(caplog, "an event cannot be handled")
    identity = CODEC.decode(poison.body).id
    assert (line["event_id"], line["attempt"]) == (str(identity), count + 1)
    assert line["retry_in"] == retry_in
    assert str(line["exc_info"][1]) == "cannot swallow"
    assert contexts[0] == new_context("r-1", TRACEPARENT)
    assert [each.event_id for each in setting.broker.rejections] == [identity]


async def test_what_is_dead_lettered_is_logged_with_its_event_where_it_is_one(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    await setting.consume(("", ""), ("c", "1"), ("a", "fault"))

    garbage, unknown, fault = lines(caplog, "message dead-lettered")
    assert (garbage["event_id"], garbage["attempts"]) == (None, 1)
    assert UUID(unknown["event_id"]).version == UUID(fault["event_id"]).version == 7
    assert fault["reason"] == "refused: too old"


async def test_good_ones_are_acked_while_bad_ones_wait_for_the_broker(setting: Setting) -> None:
    setting.broker.is_blocked = True
    for subject in ("poison", "1", "poison"):
        await setting.handle(*deliveries(("a", subject)))
    with pytest.raises(Unavailable):
        await setting.failures.step()
    assert setting.broker.settled == [("ack", 1)]

    setting.broker.is_blocked = False
    assert await setting.failures.step()

    assert setting.broker.settled == [("ack", 1), ("retry", 1), ("retry", 1)]
    assert not await setting.failures.step()


async def test_one_that_is_never_taken_does_not_hold_up_the_others(setting: Setting) -> None:
    setting.broker.refused = {1}
    await setting.handle(*deliveries(("", "")))
    with pytest.raises(Unavailable, match="did not take failed messages: 1 wait"):
        await setting.failures.step()
    await setting.handle(*deliveries(("a", "1"), ("c", "2")))

    assert await setting.failures.step()

    assert setting.broker.settled == [("ack", 1), ("dead-letter", 2)]
    with pytest.raises(Unavailable):
        await setting.failures.step()


async def test_one_whose_channel_was_lost_is_not_told_of_as_dead_lettered(setting: Setting) -> None:
    setting.broker.lost = {1}
    await setting.handle(*deliveries(("", ""), ("", "")))

    assert await setting.failures.step()

    assert setting.metrics.counters["events_dead_lettered:undecodable"] == 1
    # It does not wait here either: it comes again by itself.
    assert not await setting.failures.step()
    await setting.failures.drain()


@pytest.mark.parametrize("bound", ("WAITING", "RECEIVED_BYTES"))
async def test_nothing_is_received_while_too_much_waits(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(failure_handler, bound, 1)
    setting.broker.is_blocked = True
    await setting.handle(*deliveries(("", ""), ("", "")))
    setting.broker.waiting.put_nowait(deliveries(("a", "1")))

    resting = asyncio.create_task(setting.consumer.rest())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not setting.broker.waiting.empty()
    with pytest.raises(Unavailable, match=f"^{FULL}$"):
        await setting.consumer.check()

    setting.broker.is_blocked = False
    await setting.failures.step()
    await resting
    assert setting.broker.waiting.empty()
    await setting.consumer.check()


async def test_what_is_buffered_goes_back_while_too_much_waits_for_long(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure_handler, "WAITING", 0)
    monkeypatch.setattr(consumer, "FULL", 0.01)
    setting.broker.is_blocked = True
    await setting.handle(*deliveries(("", "")))
    starts = setting.broker.starts
    assert setting.broker.pauses == 0

    setting.broker.waiting.put_nowait(deliveries(("a", "1")))
    resting = asyncio.create_task(setting.consumer.rest())
    async with asyncio.timeout(10):
        while not setting.broker.pauses:
            await asyncio.sleep(0.01)
    assert setting.broker.starts == starts

    setting.broker.is_blocked = False
    await setting.failures.step()
    await resting
    assert (setting.broker.pauses, setting.broker.starts) == (1, starts + 1)


@pytest.mark.parametrize(("bound", "most"), (("WAITING", 2), ("RECEIVED_BYTES", 2 * GARBAGE)))
async def test_what_was_moved_leaves_its_room_to_others(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(failure_handler, bound, most)
    is_full = []
    for _ in range(2):
        for tag in (1, 2, 3):
            await setting.handle(Delivery(tag, b"garbage"))
            is_full.append(setting.failures.is_full)
        await setting.failures.step()

    assert is_full == [False, False, True] * 2
    assert setting.metrics.observed["actor_batch_size:failure_handler"] == [3, 3]


async def test_a_stop_moves_what_waits_where_the_broker_takes_it(setting: Setting) -> None:
    stopping = asyncio.Event()
    stopping.set()
    await setting.handle(*deliveries(("", ""), ("c", "1")))

    setting.broker.is_blocked = True
    await setting.failures.run(stopping)
    assert setting.broker.settled == []

    setting.broker.is_blocked = False
    await setting.failures.run(stopping)
    assert setting.broker.settled == [("dead-letter", 1), ("dead-letter", 2)]


class Told:
    """The lifecycle events, and the caller that caused each."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, str, str | None]] = []

    def report(
        self, kind: str, subject: str, details: str = "", *, cause: str | None = None
    ) -> None:
        self.events.append((kind, subject, details, cause))


async def test_a_dead_letter_is_told_of_with_the_caller_of_its_event(setting: Setting) -> None:
    told = Told()
    failures = FailureHandler(
        setting.broker, RetrySchedule((1,)), setting.clock, setting.metrics, lifecycle=told
    )
    event = CODEC.decode(body("a", "1"))
    own = msgspec.structs.replace(event, caller="service:lifecycle")
    failures.retry(Delivery(1, b"1"), own, RuntimeError("no"))
    failures.retry(Delivery(2, b"2", Failures(1)), own, RuntimeError("no"))
    failures.dead_letter(Delivery(3, b"3"), "refused: too old", event)
    failures.dead_letter(Delivery(4, b"4"), "undecodable: no JSON")
    await failures.step()

    assert told.events == [
        ("dead-lettered", "failed", "failed: no", "service:lifecycle"),
        ("dead-lettered", "refused", "refused: too old", None),
        ("dead-lettered", "undecodable", "undecodable: no JSON", None),
    ]


async def test_only_what_the_broker_took_as_a_dead_letter_is_told_on(setting: Setting) -> None:
    told: list[tuple[int, str | None]] = []
    failures = FailureHandler(
        setting.broker,
        RetrySchedule((1,)),
        setting.clock,
        setting.metrics,
        on_dead_letter=lambda each: told.append((each.delivery.tag, each.event_type)),
    )
    event = CODEC.decode(body("a", "1"))
    setting.broker.lost = {5}
    failures.retry(Delivery(1, b"1"), event, RuntimeError("no"))
    failures.retry(Delivery(2, b"2", Failures(1)), event, RuntimeError("no"))
    failures.dead_letter(Delivery(3, b"3"), "refused: too old", event)
    failures.dead_letter(Delivery(4, b"4"), "undecodable: no JSON")
    failures.dead_letter(Delivery(5, b"5"), "refused: too old", event)
    await failures.step()

    assert told == [(2, "a"), (3, "a"), (4, None)]
