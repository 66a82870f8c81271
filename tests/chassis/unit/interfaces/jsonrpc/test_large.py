"""Large answers are made a few at a time, and none for a client that does not read."""

from typing import Any

import pytest

from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    Register,
    Report,
)
from chassis.application.budget import Budget, answered
from chassis.application.message import Message
from tests.unit.jsonrpc.talk import IDENTITY, ONE, Gate, RecordingChannel, Talk


async def test_few_are_made_at_once_and_all_are_answered() -> None:
    gate = Gate()
    talk = Talk({ListNotifications: gate}, large_at_once=2)
    for number in range(5):
        talk.call("notifications.list", number)
    await talk.settled()
    assert gate.begun == 2

    gate.open.set()
    await talk.settled()
    assert sorted(answer["id"] for answer in talk.told()) == [0, 1, 2, 3, 4]


async def test_none_is_made_while_the_client_does_not_read() -> None:
    gate = Gate()
    talk = Talk({ListNotifications: gate}, large_at_once=1)
    talk.call("notifications.list", 1)
    talk.call("notifications.list", 2)
    talk.channel.is_full = True
    gate.open.set()
    await talk.settled()
    assert [answer["id"] for answer in talk.told()] == [1]
    assert gate.begun == 1

    talk.channel.is_full = False
    await talk.settled()
    assert [answer["id"] for answer in talk.told()] == [2]


@pytest.mark.parametrize(
    ("method", "kind", "params"),
    (
        ("notifications.get", GetNotification, {"id": str(IDENTITY)}),
        ("notifications.mark_seen", MarkSeen, {"id": str(IDENTITY), "is_seen": True}),
        ("notifications.report", Report, {"bucket": "1h"}),
    ),
)
async def test_one_notification_may_be_large_too(
    method: str, kind: type[Message[Any]], params: dict[str, Any]
) -> None:
    gate = Gate()
    talk = Talk({kind: gate}, large_at_once=2)
    for number in range(5):
        talk.call(method, number, **params)
    await talk.settled()

    assert gate.begun == 2
    gate.open.set()
    await talk.settled()
    assert sorted(answer["id"] for answer in talk.told()) == [0, 1, 2, 3, 4]


async def test_what_is_small_does_not_wait_for_them() -> None:
    large, small = Gate(), Gate()
    small.open.set()
    talk = Talk({ListNotifications: large, Register: small}, large_at_once=1)
    talk.call("notifications.list", 1)
    talk.call("notifications.list", 2)
    talk.call("notifications.register", 3, notifications=[ONE])
    await talk.settled()

    assert [answer["id"] for answer in talk.told()] == [3]


async def test_none_is_made_for_a_client_that_has_left() -> None:
    gate = Gate()
    talk = Talk({ListNotifications: gate}, large_at_once=1)
    for number in range(3):
        talk.call("notifications.list", number)
    talk.session.lose()
    gate.open.set()
    await talk.settled()

    assert gate.begun == 1
    assert not talk.session.is_busy


class Sharing:
    """A use case whose answers have a share of a budget, as those behind the bulkhead do."""

    def __init__(self) -> None:
        self.budget = Budget(100)
        self.channel: RecordingChannel | None = None

    async def __call__(self, message: Message[Any]) -> str:
        answered(await self.budget.take(60), 40)
        if self.channel is not None:
            # The answer is more than the client takes at once.
            self.channel.is_full = True
        return "large"


@pytest.mark.parametrize("is_batch", (False, True))
async def test_an_answer_counts_until_the_client_has_taken_it(is_batch: bool) -> None:
    sharing = Sharing()
    talk = Talk({ListNotifications: sharing})
    sharing.channel = talk.channel
    request = {"jsonrpc": "2.0", "id": 1, "method": "notifications.list"}
    talk.send([request] if is_batch else request)
    await talk.settled()
    assert (len(talk.told()), sharing.budget.room) == (1, 60)

    talk.channel.is_full = False
    await talk.settled()
    assert sharing.budget.room == 100


async def test_an_answer_of_a_batch_counts_while_that_waits_for_others() -> None:
    sharing, gate = Sharing(), Gate()
    talk = Talk({ListNotifications: sharing, Register: gate})
    request = {"jsonrpc": "2.0", "id": 1, "method": "notifications.list"}
    slow = {"method": "notifications.register", "params": {"notifications": [ONE]}}
    talk.send([request, request | slow])
    await talk.settled()
    assert (talk.told(), sharing.budget.room) == ([], 60)

    gate.open.set()
    await talk.settled()
    assert (len(talk.told()), sharing.budget.room) == (1, 100)


async def test_what_is_given_up_counts_no_more() -> None:
    sharing, gate = Sharing(), Gate()
    talk = Talk({ListNotifications: sharing, Register: gate})
    request = {"jsonrpc": "2.0", "id": 1, "method": "notifications.list"}
    slow = {"method": "notifications.register", "params": {"notifications": [ONE]}}
    talk.send([request, request | slow])
    await talk.settled()

    talk.session.cancel()
    await talk.settled()

    assert sharing.budget.room == 100
