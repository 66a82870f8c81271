"""Batches: the answers go together, in one message."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    Register,
    Registered,
    Report,
)
from chassis.application.message import Message
from chassis.interfaces.jsonrpc.batch import ANSWER_BYTES
from tests.unit.jsonrpc.talk import IDENTITY, ONE, Gate, Talk, get

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
    talk = Talk({Register: gate}, in_flight=2)
    talk.send([REGISTER | {"id": number} for number in range(5)])

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


class Large:
    """A use case whose answers have a quarter of what those of a batch may have."""

    def __init__(self) -> None:
        self.begun = 0

    async def __call__(self, message: Any) -> Any:
        self.begun += 1
        await asyncio.sleep(0)
        return Raw(b'"%b"' % bytes(ANSWER_BYTES // 4).replace(b"\0", b"x"))


def one(method: str, identity: int, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}


LARGE: dict[str, tuple[type[Message[Any]], dict[str, Any]]] = {
    "notifications.list": (ListNotifications, {}),
    "notifications.get": (GetNotification, {"id": str(IDENTITY)}),
    "notifications.mark_seen": (MarkSeen, {"id": str(IDENTITY), "is_seen": True}),
    "notifications.report": (Report, {"bucket": "1h"}),
}


@pytest.mark.parametrize("method", LARGE)
async def test_over_its_bytes_nothing_large_is_done_any_more(method: str) -> None:
    kind, params = LARGE[method]
    large = Large()
    talk = Talk({kind: large})
    talk.send([one(method, number, **params) for number in range(100)])
    await until(lambda: not talk.is_full())
    [answers] = talk.told()

    # Not executed, so that nothing is executed without an answer.
    assert large.begun == 4
    refused = [answer["error"] for answer in answers if "error" in answer]
    assert len(refused) == 96
    assert {error["code"] for error in refused} == {-32003}
    assert {error["data"]["kind"] for error in refused} == {"too-large"}
    assert "ask for less" in refused[0]["message"]


async def test_over_its_bytes_what_registers_is_done_and_told_its_ids() -> None:
    registered = 0

    async def register(message: Register) -> Registered:
        nonlocal registered
        registered += 1
        await asyncio.sleep(0)
        return Registered((IDENTITY,))

    talk = Talk({ListNotifications: Large(), Register: register})
    talk.send(
        [one("notifications.list", number) for number in range(50)]
        + [REGISTER | {"id": 100 + number} for number in range(50)]
    )
    await until(lambda: not talk.is_full())
    [answers] = talk.told()

    told = [answer for answer in answers if answer["id"] >= 100]
    assert len(told) == registered == 50
    assert all(answer["result"] == {"ids": [str(IDENTITY)]} for answer in told)


async def test_nothing_is_read_until_the_answers_are_sent() -> None:
    gate = Gate()
    talk = Talk({ListNotifications: gate})
    talk.send([one("notifications.list", 1), REGISTER])
    await talk.settled()
    assert talk.is_full()

    gate.open.set()
    await talk.settled()
    assert not talk.is_full()
    assert talk.channel.times_ready == 1
    assert len(talk.told()) == 1


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)
