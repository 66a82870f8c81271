import asyncio

import pytest

from app.application.notification.mapping import decode
from chassis.application.errors import Busy
from chassis.application.ports.journal import ANY
from chassis.application.streaming import follower, recent_entries
from chassis.application.streaming.messages import StreamItem
from chassis.application.streaming.stream_hub import RETRY_AFTER
from tests.chassis.unit.application.streaming.log import (
    LIMIT,
    LONG,
    SHORT,
    Log,
    assert_idle,
    settled,
    started,
    take,
)


async def test_a_new_stream_starts_at_the_head() -> None:
    log = await started()
    *_, last = await log.appended(3)
    stream = log.open()

    assert await anext(stream) == StreamItem(event="heartbeat", cursor=last)
    await assert_idle(stream)


async def test_a_stream_that_waits_for_the_start_begins_at_the_head_too() -> None:
    log = Log()
    *_, last = await log.append(3)
    asking = await settled(log.open())

    await log.follower.step()

    assert await asking == StreamItem(event="heartbeat", cursor=last)


async def test_a_journal_whose_notifications_are_gone_holds_up_no_stream() -> None:
    log = Log()
    await log.append(3)
    log.database.state.notifications.clear()
    asking = await settled(log.open())

    await log.follower.step()

    assert (await asking).event == "heartbeat"


async def test_what_arrives_is_streamed_in_order_to_all() -> None:
    log = await started()
    streams = [await log.opened() for _ in range(2)]
    asking = [await settled(stream) for stream in streams]

    cursors = await log.appended(2) + await log.appended(1)

    assert [(await first).cursor for first in asking] == cursors[:1] * 2
    assert [await take(stream, 2) for stream in streams] == [cursors[1:]] * 2


async def test_an_item_tells_of_the_notification() -> None:
    log = await started()
    stream = await log.opened()
    await log.appended(1, receiver="eve", action_data={"a": 1})

    raw = (await anext(stream)).data

    assert raw is not None
    data = decode(raw)
    assert data.id == log.database.state.journal[-1].event.id
    assert (data.receiver, bytes(data.action_data)) == ("eve", b'{"a":1}')


async def test_a_heartbeat_carries_a_cursor_that_moves_on() -> None:
    log = await started(heartbeat=SHORT)
    stream = await log.opened(receiver="nobody")

    for _ in range(3):
        asking = await settled(stream)
        *_, last = await log.appended(2)
        item = await asking
        if item.cursor != last:
            # It fell due while the entries were still on their way.
            item = await anext(stream)
        assert item == StreamItem(event="heartbeat", cursor=last)


async def test_a_stream_that_falls_behind_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 2)
    log = await started()
    stream = await log.opened()
    cursors = await log.appended(1)
    assert await take(stream, 1) == cursors

    await log.appended(3)
    await log.appended(3)

    closed = await anext(stream)
    assert closed == StreamItem(event="closed", cursor=cursors[0], reason="too slow")
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    await stream.aclose()
    assert log.metrics.counters["streams_closed:too_slow"] == 1
    assert log.metrics.gauges["streams_open"] == 0


async def test_a_stream_may_lag_within_the_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 3)
    log = await started()
    stream = await log.opened()
    cursors = await log.appended(1)
    assert await take(stream, 1) == cursors

    cursors = await log.appended(3)

    assert await take(stream, 3) == cursors


async def test_a_stream_is_not_too_slow_for_what_it_does_not_want(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 2)
    log = await started()
    stream = await log.opened(receiver="eve")
    cursors = await log.appended(1, receiver="eve")
    assert await take(stream, 1) == cursors
    asking = await settled(stream)
    await log.appended(9, receiver="ada")

    cursors = await log.appended(1, receiver="eve")

    assert (await asking).cursor == cursors[0]


async def test_closing_tells_every_stream_to_come_back() -> None:
    log = await started()
    streams = [await log.opened() for _ in range(2)]
    asking = await settled(streams[0])
    cursor = log.cursor(0)

    log.follower.close()

    closed = StreamItem(event="closed", cursor=cursor, reason="draining")
    assert [await asking, await anext(streams[1])] == [closed, closed]
    with pytest.raises(Busy, match=r"^the service is draining$") as caught:
        log.follower.open(ANY, None)
    assert caught.value.retry_after == RETRY_AFTER


async def test_what_is_closed_has_got_as_far_as_the_follower() -> None:
    log = await started()
    asking = await settled(await log.opened(receiver="eve"))
    *_, last = await log.appended(3, receiver="ada")

    log.follower.close()

    assert await asking == StreamItem(event="closed", cursor=last, reason="draining")


async def test_closing_ends_a_stream_that_waits_for_a_database() -> None:
    log = Log()
    log.database.available = False
    asking = await settled(log.open(cursor="e.1"))

    log.follower.close()

    with pytest.raises(Busy, match=r"^the service is draining$") as caught:
        await asking
    assert caught.value.retry_after == RETRY_AFTER


async def test_a_bounded_number_of_streams_is_open() -> None:
    log = await started()
    # A stream counts from when it is opened, before anything is taken.
    streams = [log.open() for _ in range(LIMIT)]
    with pytest.raises(Busy, match=f"limit of {LIMIT} open streams") as caught:
        log.follower.open(ANY, None)
    assert caught.value.retry_after == RETRY_AFTER

    leaving = streams.pop()
    await leaving.aclose()
    await leaving.aclose()

    assert log.metrics.counters == {"streams_closed:left": 1}
    assert log.metrics.gauges["streams_open"] == LIMIT - 1
    await log.opened()


@pytest.mark.parametrize("poll", (LONG, 0.001))
async def test_it_follows_the_bell_and_looks_by_itself(
    poll: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "POLL", poll)
    log, stopping = Log(), asyncio.Event()
    running = asyncio.create_task(log.follower.run(stopping))
    stream = await log.opened()
    cursors = await log.append(3)
    if poll == LONG:
        await log.signal.notify()

    assert await take(stream, 3) == cursors
    stopping.set()
    await running


async def test_it_rests_until_the_bell_rings_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, timeouts = Log(), []

    async def wait(timeout: float) -> None:
        timeouts.append(timeout)

    monkeypatch.setattr(log.signal, "wait", wait)

    await log.follower.rest()

    assert timeouts == [follower.POLL]


async def test_all_who_get_an_item_share_what_it_is_encoded_to() -> None:
    log = await started()
    streams = [await log.opened() for _ in range(2)]
    await log.appended(1)
    items = [await anext(stream) for stream in streams]
    encoded: list[StreamItem] = []

    def encode(item: StreamItem) -> int:
        encoded.append(item)
        return len(encoded)

    assert [item.once(encode) for item in items] == [1, 1]
    assert encoded == items[:1]
