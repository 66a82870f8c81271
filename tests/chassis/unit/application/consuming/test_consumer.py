import asyncio
import json
import logging

import pytest
from msgspec.structs import replace

from chassis.application.consuming import consumer
from chassis.application.context import Context, new_context
from chassis.application.errors import Unavailable
from chassis.application.failures import Failures
from chassis.application.ports.subscription import Delivery
from tests.chassis.unit.application.consuming.support import (
    CODEC,
    TRACEPARENT,
    Setting,
    body,
    deliveries,
)
from tests.unit.support import lines


def in_two_batches(subject: str) -> list[Delivery]:
    """Return a good delivery and, since it failed before, another one that is handled after it."""
    good, other = deliveries(("a", "1"), ("b", subject))
    return [good, replace(other, failures=Failures(1))]


async def test_events_of_all_types_are_handled_in_one_batch(setting: Setting) -> None:
    await setting.consume(("a", "1"), ("b", "2"), ("a", "3"))

    assert setting.use.batches == [["1", "2", "3"]]
    assert setting.broker.settled == [("ack", 1), ("ack", 2), ("ack", 3)]
    assert setting.metrics.counters == {"events_received": 3}
    assert setting.metrics.observed["actor_batch_size:consumer"] == [3]


async def test_a_batch_is_bounded(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "LARGEST_BATCH", 2)

    await setting.handle(*deliveries(("a", "1"), ("a", "2"), ("a", "3")))

    assert setting.use.batches == [["1", "2"]]


async def test_what_cannot_be_decoded_is_dead_lettered_with_the_reason(setting: Setting) -> None:
    await setting.consume(("", ""), ("a", "1"))

    assert setting.broker.settled == [("ack", 2), ("dead-letter", 1)]
    assert setting.broker.reasons[1].startswith("undecodable: JSON is malformed")
    assert setting.metrics.counters["events_dead_lettered:undecodable"] == 1


async def test_an_unknown_type_is_dead_lettered_by_name(setting: Setting) -> None:
    await setting.consume(("c", "1"), ("a", "2"))

    assert setting.broker.reasons == {
        1: "unknown type: c: update this service, then dead-letters replay; or purge"
    }
    assert setting.broker.settled == [("ack", 2), ("dead-letter", 1)]


async def test_an_older_version_is_handled_as_the_newest_with_those_that_are(
    setting: Setting,
) -> None:
    old = Delivery(1, body("c.v1", "1", b'{"old": 7}'))
    new = Delivery(2, body("c.v2", "2", b'{"new": 8}'))

    await setting.handle(old, new)

    assert setting.use.batches == [["1", "2"]]
    assert [json.loads(data) for data in setting.use.data] == [{"new": 7}, {"new": 8}]
    assert sorted(setting.broker.settled) == [("ack", 1), ("ack", 2)]
    assert setting.metrics.counters["events_upcast:c.v1"] == 1


async def test_a_version_to_come_is_dead_lettered_at_once_with_what_to_do(setting: Setting) -> None:
    await setting.consume(("c.v3", "1"), ("a", "2"))

    [dead_letter] = setting.broker.rejections
    assert dead_letter.delay is None
    assert dead_letter.reason == (
        "unknown type: c.v3: update this service, then dead-letters replay; it knows v2"
    )
    assert setting.metrics.counters["events_dead_lettered:unknown type"] == 1


async def test_what_an_upcaster_cannot_take_is_dead_lettered_as_it_came(setting: Setting) -> None:
    old = Delivery(1, body("c.v1", "1", b'{"odd": 7}'))
    good = Delivery(2, body("c.v1", "2", b'{"old": 8}'))

    await setting.handle(old, good)
    await setting.failures.step()

    [dead_letter] = setting.broker.rejections
    assert (dead_letter.delivery, dead_letter.delay) == (old, None)
    assert dead_letter.event_id == CODEC.decode(old.body).id
    assert dead_letter.reason == "undecodable: c.v1 cannot become c.v2: KeyError: 'old'"
    assert setting.metrics.counters["events_dead_lettered:undecodable"] == 1
    assert setting.use.batches == [["2"]]


async def test_an_older_version_that_fails_is_tried_again_as_it_came(setting: Setting) -> None:
    old = Delivery(1, body("c.v1", "poison", b'{"old": 7}'))

    await setting.handle(old)
    await setting.failures.step()

    [again] = setting.broker.rejections
    assert (again.delivery, again.delay) == (old, 1)
    assert setting.metrics.counters["events_retried:c.v2"] == 1


async def test_a_fault_is_dead_lettered_and_its_neighbours_are_not(setting: Setting) -> None:
    await setting.consume(("a", "1"), ("a", "fault"), ("a", "3"))

    assert setting.broker.settled == [("ack", 1), ("ack", 3), ("dead-letter", 2)]
    assert setting.broker.reasons == {2: "refused: too old"}


async def test_a_fault_that_may_pass_is_tried_again_and_dead_lettered_at_last(
    setting: Setting,
) -> None:
    await setting.consume(("a", "1"), ("a", "early"), ("a", "3"))

    assert setting.broker.settled == [("ack", 1), ("ack", 3), ("retry", 2)]
    [again] = setting.broker.rejections
    assert (again.reason, again.delay) == ("failed: too early", 1)

    [late] = deliveries(("a", "early"), failures=Failures(2))
    await setting.handle(late)
    await setting.failures.step()
    assert setting.broker.rejections[-1].delay is None


async def test_a_batch_with_poison_is_halved_until_the_culprit_stands_alone(
    setting: Setting,
) -> None:
    await setting.consume(
        ("a", "1"), ("a", "poison"), ("a", "3"), ("a", "4"), ("a", "fault"), ("b", "6")
    )

    assert setting.use.batches[1:] == [
        ["1", "poison", "3"],
        ["1"],
        ["poison", "3"],
        ["poison"],
        ["3"],
        ["4", "fault", "6"],
    ]
    assert setting.broker.settled == [
        ("ack", 1),
        ("ack", 3),
        ("ack", 4),
        ("ack", 6),
        ("retry", 2),
        ("dead-letter", 5),
    ]
    assert setting.broker.reasons == {2: "failed: cannot swallow", 5: "refused: too old"}


async def test_what_failed_before_does_not_split_the_batch_of_the_others(
    setting: Setting,
) -> None:
    again, *fresh = deliveries(("a", "poison"), ("a", "2"), ("a", "3"))

    await setting.handle(replace(again, failures=Failures(1)), *fresh)

    assert setting.use.batches == [["2", "3"], ["poison"]]


async def test_a_batch_goes_back_while_the_database_is_away(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.consume(("a", "1"), ("a", "away"), ("b", "3"))

    assert setting.broker.settled == [("requeue", 1), ("requeue", 2), ("requeue", 3)]
    assert setting.use.batches == [["1", "away", "3"]]
    assert not await setting.failures.step()


async def test_what_was_handled_before_the_database_went_stays_handled(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.handle(*in_two_batches("away"))

    assert setting.broker.settled == [("ack", 1), ("requeue", 2)]


async def test_poison_with_a_database_that_goes_away(setting: Setting) -> None:
    with pytest.raises(Unavailable):
        await setting.consume(("a", "1"), ("a", "poison"), ("a", "away"), ("a", "4"))
    await setting.failures.step()

    assert setting.broker.settled == [("ack", 1), ("requeue", 3), ("requeue", 4), ("retry", 2)]


async def test_a_batch_goes_back_when_the_consumer_is_cancelled(setting: Setting) -> None:
    consuming = asyncio.create_task(setting.handle(*in_two_batches("slow")))
    await setting.use.blocked.wait()

    consuming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consuming

    assert setting.broker.settled == [("ack", 1), ("requeue", 2)]


async def test_nothing_is_acked_before_it_was_handled(setting: Setting) -> None:
    consuming = asyncio.create_task(setting.consume(("a", "slow")))
    await setting.use.blocked.wait()

    assert setting.broker.settled == []
    consuming.cancel()
    await asyncio.gather(consuming, return_exceptions=True)


async def test_an_ack_does_not_wait_for_what_comes_after_but_one_batch_does(
    setting: Setting,
) -> None:
    setting.use.telling.clear()
    await setting.consume(("a", "1"))
    assert setting.broker.settled == [("ack", 1)]

    second = asyncio.create_task(setting.handle(*deliveries(("a", "2"))))
    while len(setting.broker.settled) < 2:
        await asyncio.sleep(0)
    assert (setting.use.told, second.done()) == ([], False)

    setting.use.telling.set()
    await second
    assert setting.use.told[0] == ["1"]


async def test_what_fails_after_the_commit_fails_nothing(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    await setting.consume(("a", "clumsy"))
    await setting.consume(("a", "2"))

    assert setting.broker.settled == [("ack", 1), ("ack", 1)]
    assert setting.use.told[0] == ["clumsy"]
    [line] = lines(caplog, "the work after an ack has failed")
    assert str(line["exc_info"][1]) == "slips"


async def test_each_that_was_handled_is_logged_for_who_debugs(
    setting: Setting, caplog: pytest.LogCaptureFixture, contexts: list[Context | None]
) -> None:
    caplog.set_level(logging.DEBUG, "chassis")
    given = deliveries(("a", "1"), ("a", "2"))

    await setting.handle(*given)

    handled = lines(caplog, "event handled")
    assert [line["event_id"] for line in handled] == [
        str(CODEC.decode(each.body).id) for each in given
    ]
    assert [line["type"] for line in handled] == ["a", "a"]
    assert contexts == [new_context("r-1", TRACEPARENT)] * 2


async def test_it_consumes_until_it_is_to_stop(setting: Setting) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(setting.consumer.run(stopping))
    for _ in range(3):
        setting.broker.waiting.put_nowait(deliveries(("a", "1")))

    async with asyncio.timeout(1):
        while len(setting.broker.settled) < 3:
            await asyncio.sleep(0)
        stopping.set()
        await running
    assert setting.use.batches == setting.use.told == [["1"]] * 3


async def test_a_stop_before_anything_was_received_gives_nothing_back(setting: Setting) -> None:
    stopping = asyncio.Event()
    stopping.set()

    await setting.consumer.run(stopping)

    assert setting.broker.settled == []


async def test_what_was_received_at_the_stop_goes_back_unhandled(setting: Setting) -> None:
    stopping = asyncio.Event()
    setting.broker.waiting.put_nowait(deliveries(("a", "1"), ("a", "2")))
    await setting.consumer.rest()

    stopping.set()
    await setting.consumer.run(stopping)

    assert setting.broker.settled == [("requeue", 1), ("requeue", 2)]
    assert setting.use.batches == []
