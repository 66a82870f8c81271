import asyncio
from typing import Any, ClassVar

import pytest

from chassis.application.budget import Budget, until_sent
from chassis.application.bulkhead import Bulkhead
from chassis.application.bulkhead_handlers import ANSWERS, OUTLAST, bulkhead_handlers
from chassis.application.bus import Bus, HandlerFactory
from chassis.application.context import new_context, use_context
from chassis.application.errors import Busy
from chassis.application.message import Message
from chassis.interfaces.serving.limits import Limits


class Large(Message[str], frozen=True):
    is_expensive: ClassVar[bool] = True


class Small(Message[str], frozen=True):
    pass


class Slow:
    """Answers once it may continue."""

    def __init__(self) -> None:
        self.under_way = 0
        self.go_on = asyncio.Event()

    async def __call__(self, message: Any) -> str:
        self.under_way += 1
        try:
            await self.go_on.wait()
            return "answer"
        finally:
            self.under_way -= 1


def bus_of(large: Slow, small: Slow, at_once: int, timeout: float = 10) -> Bus:
    return behind(
        {Large: lambda: large, Small: lambda: small}, Bulkhead(at_once, timeout), Budget(ANSWERS)
    )


def behind(
    handlers: dict[type[Message[Any]], HandlerFactory],
    bulkhead: Bulkhead,
    answers: Budget,
    outlast: float = OUTLAST,
) -> Bus:
    return Bus(bulkhead_handlers(handlers, bulkhead, answers, outlast))


async def begun(bus: Bus, kind: type[Message[str]], count: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(bus.handle(kind())) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_is_expensive_waits_for_its_turn_and_nothing_else_does() -> None:
    large, small = Slow(), Slow()
    bus = bus_of(large, small, at_once=2)

    tasks = await begun(bus, Large, 5) + await begun(bus, Small, 5)

    assert (large.under_way, small.under_way) == (2, 5)
    large.go_on.set()
    small.go_on.set()
    assert await asyncio.gather(*tasks) == ["answer"] * 10


async def test_whose_turn_does_not_come_is_told_to_come_back() -> None:
    slow = Slow()
    bus = bus_of(slow, Slow(), at_once=1, timeout=0.01)
    [first] = await begun(bus, Large, 1)

    with pytest.raises(Busy, match="no place became free") as caught:
        await bus.handle(Large())
    assert caught.value.retry_after == 1

    slow.go_on.set()
    assert await first == "answer"
    assert await bus.handle(Large()) == "answer"


async def test_whoever_leaves_gives_its_turn_back() -> None:
    slow = Slow()
    bus = bus_of(slow, Slow(), at_once=1)
    first, second, third = await begun(bus, Large, 3)

    for leaving in (second, first):
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving

    slow.go_on.set()
    assert await third == "answer"


async def test_a_failure_gives_its_turn_back() -> None:
    async def fail(message: Message[str]) -> str:
        raise RuntimeError(message)

    bus = behind({Large: lambda: fail}, Bulkhead(1), Budget(ANSWERS))

    for _ in range(2):
        with pytest.raises(RuntimeError):
            await bus.handle(Large())


class Heavy(Message[str], frozen=True):
    is_expensive: ClassVar[bool] = True

    @property
    def weight(self) -> int:
        return 10


class Answer(str):
    weight: int


class Answers:
    def __init__(self, weight: int = 4) -> None:
        self.under_way = 0
        self.weight = weight

    async def __call__(self, message: Any) -> str:
        self.under_way += 1
        answer = Answer("heavy")
        answer.weight = self.weight
        return answer


async def test_an_answer_counts_until_it_is_sent() -> None:
    read, answers = Answers(), Budget(12)
    bus = behind({Heavy: lambda: read}, Bulkhead(9), answers)
    sent = asyncio.Event()

    async def transport() -> None:
        with until_sent():
            await bus.handle(Heavy())
            await sent.wait()

    sending = asyncio.create_task(transport())
    (other,) = await begun(bus, Heavy, 1)
    assert (other.done(), answers.room) == (False, 8)
    sent.set()
    await asyncio.gather(sending, other)

    assert (read.under_way, answers.room) == (2, 12)


async def test_an_answer_without_a_weight_holds_nothing_while_it_is_sent() -> None:
    given: list[Message[Any]] = []

    async def answer(message: Message[str]) -> str:
        given.append(message)
        return "light"

    answers, asked = Budget(12), Heavy()
    bus = behind({Heavy: lambda: answer}, Bulkhead(1), answers)

    with until_sent():
        assert await bus.handle(asked) == "light"
        assert answers.room == 12

    assert given == [asked]


async def test_an_answer_that_is_not_told_of_counts_until_it_is_there() -> None:
    answers = Budget(12)
    bus = behind({Heavy: lambda: Answers()}, Bulkhead(1), answers)

    for _ in range(3):
        await bus.handle(Heavy())

    assert answers.room == 12


async def test_what_fails_gives_its_share_back() -> None:
    async def fail(message: Any) -> str:
        raise RuntimeError("on purpose")

    answers = Budget(12)
    bus = behind({Heavy: lambda: fail}, Bulkhead(1), answers)

    with until_sent(), pytest.raises(RuntimeError):
        await bus.handle(Heavy())

    assert answers.room == 12


async def test_whose_share_does_not_come_is_told_to_come_back_and_takes_nothing() -> None:
    answers = Budget(12)
    bus = behind({Heavy: lambda: Answers()}, Bulkhead(2), answers, outlast=0.05)
    held = await answers.take(12)

    with pytest.raises(Busy) as caught:
        await bus.handle(Heavy())

    told = "too many large answers: no memory became free within 0.05 s"
    assert (str(caught.value), caught.value.retry_after) == (told, 1)
    held.release()
    assert answers.room == 12
    await bus.handle(Heavy())


async def test_clients_that_read_nothing_leave_room_for_others() -> None:
    answers = Budget(30)
    bus = behind({Heavy: lambda: Answers(10)}, Bulkhead(9), answers, outlast=0.05)
    never = asyncio.Event()

    async def deaf() -> None:
        with use_context(new_context(peer="192.0.2.1")), until_sent():
            await bus.handle(Heavy())
            await never.wait()

    crowd = [asyncio.create_task(deaf()) for _ in range(20)]
    for _ in range(20):
        with use_context(new_context(peer="192.0.2.2")), until_sent():
            assert await bus.handle(Heavy()) == "heavy"

    for each in crowd:
        each.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert answers.room == 30


def test_whoever_waits_outlasts_a_client_that_reads_nothing() -> None:
    # Over HTTP it has twice the time.
    assert 2 * Limits().send_timeout < OUTLAST


async def test_whoever_holds_an_answer_waits_for_no_other() -> None:
    answers = Budget(12)
    bus = behind({Heavy: lambda: Answers()}, Bulkhead(9), answers)

    with until_sent():
        await bus.handle(Heavy())
        # The second one waits for 10, of which the first one has 2.
        with pytest.raises(Busy) as caught:
            await asyncio.wait_for(bus.handle(Heavy()), 5)

    told = "too many large answers: read those that you asked for first"
    assert (str(caught.value), caught.value.retry_after) == (told, 1)

    await bus.handle(Heavy())
