from typing import Any

from chassis.application.budget import Budget, answered
from chassis.interfaces.http.until_sent import UntilSent


async def test_an_answer_counts_until_it_is_sent() -> None:
    budget = Budget(100)
    rooms = []

    async def send(message: Any) -> None:
        rooms.append(budget.room)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        answered(await budget.take(60), 40)
        await send({})

    await UntilSent(app)({}, receive, send)

    assert (rooms, budget.room) == ([60], 100)
