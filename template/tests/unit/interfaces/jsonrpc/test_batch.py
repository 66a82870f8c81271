"""Batches: the answers go together, in one message."""

from typing import Any

from app.application.notification.messages import GetNotification
from tests.unit.interfaces.jsonrpc.talk import IDENTITY, ONE, Gate, Talk, get

REGISTER: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": "r",
    "method": "notifications.register",
    "params": {"notifications": [ONE]},
}


async def test_answers_what_is_to_be_answered() -> None:
    talk = Talk()
    notification = {name: value for name, value in REGISTER.items() if name != "id"}
    talk.send([REGISTER, notification, 1, {"jsonrpc": "2.0", "id": 7, "method": "nowhere"}])
    [answers] = talk.told()
    by_id = {answer["id"]: answer for answer in answers}

    assert len(answers) == 3
    assert by_id["r"]["result"] == {"ids": [str(IDENTITY)]}
    assert by_id[None]["error"]["code"] == -32600
    assert by_id[7]["error"]["code"] == -32601


async def test_one_of_notifications_alone_is_not_answered() -> None:
    talk = Talk()
    talk.send([{"jsonrpc": "2.0", "method": "nowhere"}] * 3)

    assert talk.told() == []


async def test_waits_for_the_last_one() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate})
    talk.send([REGISTER, get(2)])
    assert talk.told() == []
    gate.open.set()
    await talk.settled()
    [answers] = talk.told()

    assert [answer["id"] for answer in answers] == ["r", 2]


async def test_runs_no_more_at_once_than_any_other_requests() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate}, in_flight=2)
    talk.send([get(number) for number in range(5)])

    assert gate.begun == 2
    assert talk.is_full()
    gate.open.set()
    await talk.settled()
    [answers] = talk.told()
    assert sorted(answer["id"] for answer in answers) == [0, 1, 2, 3, 4]
    assert all(answer["result"] == "done" for answer in answers)
    assert not talk.is_full()
    assert talk.channel.times_ready == 1


async def test_events_of_a_subscription_come_after_the_answers() -> None:
    gate = Gate()
    talk = Talk({GetNotification: gate})
    subscribe = {"jsonrpc": "2.0", "id": 1, "method": "notifications.subscribe"}
    talk.send([subscribe, get(2)])
    [stream] = talk.streams
    stream.put("c1", "heartbeat")
    await talk.settled()
    assert talk.told() == []
    gate.open.set()
    await talk.settled()
    answers, event = talk.told()

    assert answers[0]["result"] == {"subscription": "1"}
    assert event["params"]["cursor"] == "c1"
    talk.session.lose()
