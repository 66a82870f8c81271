"""Subscriptions: what a stream gives is sent as notifications of the server's."""

import pytest
from msgspec import Raw

from chassis.application.errors import Busy, Unavailable
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc.subscriptions import MAX_SUBSCRIPTIONS
from tests.unit.jsonrpc.talk import Talk


async def subscribed(count: int = 1) -> Talk:
    talk = Talk()
    for number in range(count):
        talk.call("notifications.subscribe", number, receiver="ada", cursor="")
    assert [answer["result"]["subscription"] for answer in talk.told()] == [
        str(number + 1) for number in range(count)
    ]
    return talk


async def test_all_kinds_of_events_come_through() -> None:
    talk = await subscribed()
    [stream] = talk.streams
    stream.put("c1", "heartbeat")
    stream.put("c2", data=Raw(b'{"id":"x"}'))
    stream.put("c3", "reset")
    stream.put("c4", "closed", reason="too slow")
    stream.queue.put_nowait(None)
    await talk.settled()
    told = talk.told()

    assert {(each["jsonrpc"], each["method"]) for each in told} == {("2.0", "notifications.event")}
    assert [each["params"] for each in told] == [
        {"subscription": "1", "event": "heartbeat", "cursor": "c1"},
        {"subscription": "1", "event": "notification", "cursor": "c2", "data": {"id": "x"}},
        {"subscription": "1", "event": "reset", "cursor": "c3"},
        {"subscription": "1", "event": "closed", "cursor": "c4", "reason": "too slow"},
    ]
    assert stream.closed == "ended"
    assert talk.session.is_idle


async def test_an_item_is_encoded_once_for_all() -> None:
    talk = await subscribed(2)
    item = talk.streams[0].put("c1")
    talk.streams[1].queue.put_nowait([item])
    await talk.settled()
    told = talk.told()

    assert sorted(each["params"]["subscription"] for each in told) == ["1", "2"]
    assert len(vars(item)) == 1
    talk.session.lose()


async def test_waits_while_the_channel_is_full() -> None:
    talk = await subscribed()
    [stream] = talk.streams
    talk.channel.is_full = True
    stream.put("c1")
    stream.put("c2")
    await talk.settled()
    assert talk.told() == []
    talk.channel.is_full = False
    await talk.settled()

    assert [each["params"]["cursor"] for each in talk.told()] == ["c1", "c2"]
    talk.session.lose()


async def test_ends_when_it_is_asked_to() -> None:
    talk = await subscribed(2)
    talk.call("notifications.unsubscribe", subscription="1")
    talk.streams[0].put("c1")
    talk.streams[1].put("c2")
    await talk.settled()
    answer, event = talk.told()

    assert answer["result"] == {"subscription": "1"}
    assert event["params"]["subscription"] == "2"
    assert (talk.streams[0].closed, talk.streams[1].closed) == ("left", None)
    talk.call("notifications.unsubscribe", subscription="1")
    assert talk.error()["code"] == -32001
    talk.session.lose()


async def test_a_stream_that_could_not_begin_before_the_end_is_drained() -> None:
    talk = await subscribed()
    [stream] = talk.streams
    stream.queue.put_nowait(Busy("the service is draining", 1))
    await talk.settled()

    assert talk.told()[-1]["params"]["reason"] == "draining"
    assert stream.closed == "draining"


@pytest.mark.parametrize("error", (Unavailable("the database is away"), LookupError("a secret")))
async def test_a_stream_that_fails_is_told_with_where_it_was(error: Exception) -> None:
    talk = await subscribed()
    [stream] = talk.streams
    stream.put("c1")
    stream.queue.put_nowait(error)
    await talk.settled()

    assert talk.told()[-1]["params"] == {
        "subscription": "1",
        "event": "closed",
        "cursor": "c1",
        "reason": "failed",
    }
    assert stream.closed == "failed"
    assert talk.session.is_idle


async def test_a_session_has_so_many_and_no_more() -> None:
    talk = await subscribed(MAX_SUBSCRIPTIONS)
    talk.call("notifications.subscribe")
    error = talk.error()

    assert (error["code"], error["data"]["kind"]) == (-32003, "too-many")
    assert len(talk.streams) == MAX_SUBSCRIPTIONS
    talk.call("notifications.unsubscribe", subscription="1")
    talk.told()
    talk.call("notifications.subscribe")
    assert "result" in talk.told()[0]
    talk.session.lose("stuck")
    assert {stream.closed for stream in talk.streams} == {"left", "stuck"}


async def test_one_that_cannot_be_opened_is_an_error() -> None:
    async def busy(message: Subscribe) -> None:
        raise Busy("10 streams are open", 5)

    talk = Talk({Subscribe: busy})
    talk.call("notifications.subscribe")

    assert talk.error()["code"] == -32005
    assert talk.session.is_idle


async def test_without_an_id_nobody_would_know_it() -> None:
    talk = Talk()
    talk.send({"jsonrpc": "2.0", "method": "notifications.subscribe"})

    assert talk.told() == []
    assert talk.streams == []
