import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from tools.drill.over.caller import RefusedError, UnansweredError, UnreachedError
from tools.drill.tally import AT_ONCE, Tally

ENDS = 40


class Answers:
    """The result of each request, by its number."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.closed = 0

    async def register(self, notification: Mapping[str, Any], key: str = "") -> str:
        number: int = notification["action_data"]["n"]
        self.asked.append(number)
        await asyncio.sleep(0)
        match number % 4:
            case 1:
                raise RefusedError("busy")
            case 2:
                raise UnreachedError("nobody there")
            case 3:
                raise UnansweredError("cut")
        return f"id {number}"

    async def follow(self, opened: Callable[[], None]) -> str:
        opened()
        return "ended"

    async def close(self) -> None:
        self.closed += 1


async def called() -> tuple[Tally, Answers]:
    answers = Answers()
    tally = Tally("http", lambda: answers)
    async with tally.calling():
        await tally.accepted_at_least(ENDS)
    return tally, answers


def test_each_request_is_counted_once_however_it_ends() -> None:
    tally, answers = asyncio.run(called())

    asked = answers.asked
    assert sorted(asked) == list(range(len(asked)))
    kinds = [sum(number % 4 == kind for number in asked) for kind in range(4)]
    assert [
        len(tally.accepted),
        tally.refused.total(),
        tally.unreached,
        len(tally.unanswered),
    ] == kinds
    assert tally.sent == len(asked) - tally.unreached
    assert all(tally.accepted[number] == f"id {number}" for number in tally.accepted)
    assert answers.closed == AT_ONCE
