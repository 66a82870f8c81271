"""The advice for an operator about messages that no queue takes."""

import msgspec
import pytest

from chassis.application import unrouted_advice as module
from chassis.application.unrouted_advice import listed, unrouted_advice
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryUnrouted


@pytest.fixture
def unrouted(database: MemoryDatabase) -> MemoryUnrouted:
    return MemoryUnrouted(database)


async def keep(unrouted: MemoryUnrouted, *keys: str) -> None:
    """Keep a message for each routing key."""
    for key in keys:
        await unrouted.add(b"{}", "unrouted")
        identity, message = unrouted.letters.popitem()
        unrouted.letters[identity] = msgspec.structs.replace(message, routing_key=key)


async def test_without_messages_there_is_nothing_to_advise(unrouted: MemoryUnrouted) -> None:
    assert await unrouted_advice(unrouted, "lost") is None


async def test_the_bindings_that_would_take_the_messages_are_told(
    unrouted: MemoryUnrouted,
) -> None:
    await keep(unrouted, "order.placed.v1", "invoice.sent.v1", "order.shipped.v1")

    assert await unrouted_advice(unrouted, "lost") == (
        "3 messages lie in lost: no queue is bound by order.# (2), invoice.# (1). Run a service "
        "that handles these events, or add the binding to BROKER_BINDINGS of one; they are routed "
        "within a minute after that"
    )


async def test_the_first_of_many_messages_are_read(
    unrouted: MemoryUnrouted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAMPLE", 2)
    await keep(unrouted, "order.placed.v1", "order.placed.v1")
    told = await unrouted_advice(unrouted, "lost")
    assert told is not None
    assert "2 messages lie in lost: no queue is bound by order.# (2). Run" in told

    await keep(unrouted, "invoice.sent.v1")

    told = await unrouted_advice(unrouted, "lost")
    assert told is not None
    assert "3 messages lie in lost: no queue is bound by order.# (2) (of the first 2). Run" in told


@pytest.mark.parametrize(
    ("count", "told"),
    (
        (1, "a.# (1)"),
        (5, "e.# (5), d.# (4), c.# (3), b.# (2), a.# (1)"),
        (6, "f.# (6), e.# (5), d.# (4), c.# (3), b.# (2) and 1 more"),
        (8, "h.# (8), g.# (7), f.# (6), e.# (5), d.# (4) and 3 more"),
    ),
)
def test_the_bindings_that_most_messages_need_are_named(count: int, told: str) -> None:
    unwanted = {f"{name}.#": number for number, name in enumerate("abcdefgh"[:count], 1)}

    assert listed(unwanted) == told
