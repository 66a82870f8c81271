"""Selecting dead letters."""

from contextlib import aclosing

import pytest

from chassis.application.parking import Choice, chosen
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters
from tests.unit.support import parked_in


@pytest.fixture
async def lot() -> MemoryDeadLetters:
    parked = MemoryDeadLetters(MemoryDatabase())
    for body, reason in (
        (b"1", "undecodable: truncated"),
        (b"2", "unknown type: a"),
        (b"3", "unknown type: b"),
    ):
        await parked.park(body, reason)
    return parked


async def bodies(lot: MemoryDeadLetters, choice: Choice) -> list[bytes]:
    async with aclosing(chosen(lot, choice)) as walk:
        return [parked.message.body async for parked in walk]


async def test_all_are_chosen_where_nothing_is_said(lot: MemoryDeadLetters) -> None:
    assert await bodies(lot, Choice()) == [b"1", b"2", b"3"]


async def test_a_reason_chooses_by_how_it_starts(lot: MemoryDeadLetters) -> None:
    assert await bodies(lot, Choice(reason="unknown type")) == [b"2", b"3"]
    assert await bodies(lot, Choice(reason="unknown type: b")) == [b"3"]
    assert await bodies(lot, Choice(reason="type")) == []


async def test_ids_choose_whatever_their_order(lot: MemoryDeadLetters) -> None:
    first, _, third = [message.id for message in await parked_in(lot)]
    assert await bodies(lot, Choice(frozenset([third, first, "none"]))) == [b"1", b"3"]


async def test_the_walk_ends_with_the_last_id(lot: MemoryDeadLetters) -> None:
    [first, *_] = await parked_in(lot)
    async with aclosing(chosen(lot, Choice(frozenset([first.id])))) as walk:
        await anext(walk)
        lot.database.available = False
        assert [parked async for parked in walk] == []
