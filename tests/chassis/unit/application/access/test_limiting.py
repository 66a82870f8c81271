import asyncio

import msgspec
import pytest

from chassis.application.access.caller import Caller
from chassis.application.access.limiting import limited_handlers
from chassis.application.access.refusals import Refusals
from chassis.application.bus import Bus
from chassis.application.context import new_context, use_context
from chassis.application.errors import RateLimited
from chassis.application.message import Message
from chassis.infrastructure.memory.rate_limit import MemoryRateLimit
from tests.unit.support import ManualTime, RecordingMetrics


class Ask(Message[str], frozen=True):
    pass


class Echo(Message[str], frozen=True):
    text: str


async def answer(message: Message[str]) -> str:
    return "answer"


async def echo(message: Echo) -> str:
    return message.text


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def refusals() -> Refusals:
    return Refusals(100)


@pytest.fixture
def bus(metrics: RecordingMetrics, refusals: Refusals) -> Bus:
    limit = MemoryRateLimit(0.4, 2, ManualTime().monotonic)
    return Bus(limited_handlers({Ask: lambda: answer}, limit, refusals, metrics))


async def ask(bus: Bus, peer: str, name: str | None = None) -> str:
    context = new_context(transport="tcp", peer=peer)
    if name is not None:
        context = msgspec.structs.replace(context, caller=Caller(name=name))
    with use_context(context):
        return await bus.handle(Ask())


async def test_whoever_asks_too_often_is_told_when_to_come_back(
    bus: Bus, metrics: RecordingMetrics
) -> None:
    for _ in range(2):
        assert await ask(bus, "10.0.0.1") == "answer"
    with pytest.raises(RateLimited) as caught:
        await ask(bus, "10.0.0.1")

    assert caught.value.retry_after == 3
    assert str(caught.value) == "too many requests: your rate limit is reached"
    assert metrics.counters["requests_rate_limited:tcp"] == 1


async def test_whoever_asks_too_often_waits_to_hear_so(bus: Bus, refusals: Refusals) -> None:
    for _ in range(2):
        await ask(bus, "10.0.0.1")
    refused = asyncio.create_task(ask(bus, "10.0.0.1"))
    await asyncio.sleep(0)
    assert len(refusals) == 1

    # Meanwhile other callers are served.
    assert await ask(bus, "10.0.0.2") == "answer"
    with pytest.raises(RateLimited):
        await refused


async def test_each_caller_waits_behind_its_own_refusals(bus: Bus, refusals: Refusals) -> None:
    peers = ("10.0.0.1", "10.0.0.2")
    for peer in peers * 2:
        await ask(bus, peer)
    refused = [asyncio.create_task(ask(bus, peer)) for peer in peers]
    await asyncio.sleep(0)

    assert len(refusals) == 2
    errors = await asyncio.gather(*refused, return_exceptions=True)
    assert [type(error) for error in errors] == [RateLimited, RateLimited]


async def test_a_wait_of_less_than_a_second_is_one_too(
    metrics: RecordingMetrics, refusals: Refusals
) -> None:
    limit = MemoryRateLimit(4, 1, ManualTime().monotonic)
    bus = Bus(limited_handlers({Echo: lambda: echo}, limit, refusals, metrics))

    with use_context(new_context(peer="10.0.0.1")):
        assert await bus.handle(Echo(text="a")) == "a"
        with pytest.raises(RateLimited) as caught:
            await bus.handle(Echo(text="b"))

    assert caught.value.retry_after == 1


async def test_callers_without_a_name_are_told_apart_by_their_address(bus: Bus) -> None:
    for peer in ("10.0.0.1", "10.0.0.2"):
        for _ in range(2):
            await ask(bus, peer)
    with pytest.raises(RateLimited):
        await ask(bus, "10.0.0.2")


async def test_one_with_a_name_is_counted_wherever_it_comes_from(bus: Bus) -> None:
    for peer in ("10.0.0.1", "10.0.0.2"):
        await ask(bus, peer, "ada")
    with pytest.raises(RateLimited):
        await ask(bus, "10.0.0.3", "ada")
    # A caller that is called like an address is not taken for it.
    assert await ask(bus, "ada") == "answer"


async def test_what_the_service_asks_of_itself_is_not_counted(bus: Bus) -> None:
    for _ in range(5):
        assert await bus.handle(Ask()) == "answer"


async def test_another_address_of_the_same_network_is_nobody_else(bus: Bus) -> None:
    for number in range(2):
        await ask(bus, f"2001:db8::{number}")
    with pytest.raises(RateLimited):
        await ask(bus, "2001:db8::2")

    assert await ask(bus, "2001:db8:0:1::") == "answer"
