"""How many requests are under way at once, and how they end."""

from app.application.notification.messages import GetNotification
from tests.unit.jsonrpc.talk import ONE, Gate, Talk, get


async def test_says_when_it_is_full_and_when_it_is_not() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate}, in_flight=2)
    talk.send(get(1))
    assert not talk.is_full()
    talk.send(get(2))
    assert talk.is_full()

    gate.open.set()
    await talk.settled()
    assert not talk.is_full()
    assert talk.channel.times_ready == 1
    assert [answer["id"] for answer in talk.told()] == [1, 2]


async def test_what_comes_all_the_same_is_told_to_come_back() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate}, in_flight=1)
    talk.send(get(1))
    talk.send(get(2))
    talk.send([get(3), get(4)])
    one, several = talk.told()

    assert gate.begun == 1
    assert (one["id"], one["error"]["code"], one["error"]["data"]["retry_after"]) == (2, -32005, 1)
    assert [answer["error"]["data"]["kind"] for answer in several] == ["busy", "busy"]
    gate.open.set()
    await talk.settled()
    assert [answer["id"] for answer in talk.told()] == [1]


async def test_answers_come_when_they_are_there() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate})
    talk.send(get(1))
    talk.call("notifications.register", 2, notifications=[ONE])
    assert [answer["id"] for answer in talk.told()] == [2]

    gate.open.set()
    await talk.settled()
    assert [answer["id"] for answer in talk.told()] == [1]


async def test_drains() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate})
    talk.call("notifications.subscribe", 1)
    await talk.settled()
    talk.streams[0].put("c7", "heartbeat")
    talk.send(get(2))
    await talk.settled()
    talk.told()
    talk.session.drain()
    [closed] = talk.told()
    talk.call("notifications.register", 3, notifications=[ONE])
    error = talk.error()

    assert closed["params"] == {
        "subscription": "1",
        "event": "closed",
        "cursor": "c7",
        "reason": "draining",
    }
    assert talk.streams[0].closed == "draining"
    assert (error["code"], error["data"]["kind"]) == (-32005, "busy")
    assert "draining" in error["message"]
    assert not talk.channel.is_closed
    gate.open.set()
    await talk.settled()
    assert [answer["id"] for answer in talk.told()] == [2]
    assert talk.channel.is_closed


async def test_a_batch_that_was_taken_is_answered_while_draining() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate}, in_flight=1)
    talk.send([get(1), get(2)])
    talk.session.drain()
    gate.open.set()
    await talk.settled()
    [answers] = talk.told()

    assert [answer["result"] for answer in answers] == ["done", "done"]
    assert talk.channel.is_closed


async def test_what_was_asked_for_is_done_after_the_client_has_left() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate})
    talk.send(get())
    talk.session.lose()
    assert talk.session.is_busy
    gate.open.set()
    await talk.settled()
    assert not talk.session.is_busy


async def test_gives_up_what_takes_too_long() -> None:
    talk = Talk({GetNotification: Gate()})
    talk.send(get(1))
    talk.send(get(2))

    assert talk.session.cancel() == 2
    await talk.settled()
    assert talk.session.is_idle
    assert talk.told() == []
