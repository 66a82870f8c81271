from uuid import uuid4

import pytest

from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
)
from chassis.application.bus import Bus
from chassis.application.errors import NotFound, NotServed
from chassis.application.message import Message
from chassis.application.streaming.messages import Subscribe


class Double(Message[int], frozen=True):
    number: int


class DoubleHandler:
    def __init__(self) -> None:
        self.handled = 0

    async def __call__(self, message: Double) -> int:
        self.handled += 1
        if message.number < 0:
            raise NotFound("there is no such number")
        return message.number * 2 * self.handled


async def test_each_message_gets_a_fresh_handler() -> None:
    bus = Bus({Double: DoubleHandler})

    assert [await bus.handle(Double(number=2)) for _ in range(2)] == [4, 4]


async def test_what_a_handler_raises_reaches_the_caller() -> None:
    with pytest.raises(NotFound, match="no such number"):
        await Bus({Double: DoubleHandler}).handle(Double(number=-1))


@pytest.mark.parametrize(
    ("message", "roles"),
    (
        (Subscribe(), "consumer"),
        (GetNotification(id=uuid4()), "producer or consumer"),
    ),
)
async def test_a_message_that_nobody_handles_names_the_role_that_would(
    message: Message[object], roles: str
) -> None:
    name = type(message).__name__

    with pytest.raises(NotServed, match=rf"^{name} is not served here: .* {roles}\.$"):
        await Bus({Double: DoubleHandler}).handle(message)


def test_the_bus_knows_what_it_handles() -> None:
    bus = Bus({MarkSeen: DoubleHandler, ListNotifications: DoubleHandler})

    assert bus.handled == {MarkSeen, ListNotifications}
