"""Selecting dead letters."""

from contextlib import aclosing

import pytest

from chassis.application.dead_letter_choice import Choice, chosen
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters
from tests.unit.support import dead_lettered_in


@pytest.fixture
async def queue() -> MemoryDeadLetters:
    letters = MemoryDeadLetters(MemoryDatabase())
    for body, reason in (
        (b"1", "undecodable: truncated"),
        (b"2", "unknown type: a"),
        (b"3", "unknown type: b"),
    ):
        await letters.add(body, reason)
    return letters


async def bodies(queue: MemoryDeadLetters, choice: Choice) -> list[bytes]:
    async with aclosing(chosen(queue, choice)) as walk:
        return [dead_letter.message.body async for dead_letter in walk]


async def test_all_are_chosen_where_nothing_is_said(queue: MemoryDeadLetters) -> None:
    assert await bodies(queue, Choice()) == [b"1", b"2", b"3"]


async def test_a_reason_chooses_by_how_it_starts(queue: MemoryDeadLetters) -> None:
    assert await bodies(queue, Choice(reason="unknown type")) == [b"2", b"3"]
    assert await bodies(queue, Choice(reason="unknown type: b")) == [b"3"]
    assert await bodies(queue, Choice(reason="type")) == []


async def test_ids_choose_whatever_their_order(queue: MemoryDeadLetters) -> None:
    first, _, third = [message.id for message in await dead_lettered_in(queue)]
    assert await bodies(queue, Choice(frozenset([third, first, "none"]))) == [b"1", b"3"]


async def test_the_walk_ends_with_the_last_id(queue: MemoryDeadLetters) -> None:
    [first, *_] = await dead_lettered_in(queue)
    async with aclosing(chosen(queue, Choice(frozenset([first.id])))) as walk:
        await anext(walk)
        queue.database.available = False
        assert [dead_letter async for dead_letter in walk] == []
