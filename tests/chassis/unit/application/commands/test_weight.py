"""How much of a mailbox's room a command takes."""

import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import NewNotification
from chassis.application.commands.batcher import Command, CommandBatcher, Ids
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.work import Transaction
from chassis.domain.ids import new_id
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, RecordingSignal, make_notification


async def add(transaction: Transaction, items: Sequence[object]) -> None:
    """Store nothing: nothing is stored here."""


@pytest.fixture
def weigh(
    work: MemoryUnitOfWork,
    signal: RecordingSignal,
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Awaitable[int]]:
    batcher, weights = CommandBatcher(work, signal, metrics), []

    async def ask(_: Command, weight: int = 0) -> Ids:
        weights.append(weight)
        return ()

    async def weigh(*bodies: bytes) -> int:
        items = [make_notification() for _ in bodies]
        ids = tuple(item.id for item in items)
        envelopes = [Envelope(each, "", body) for each, body in zip(ids, bodies, strict=True)]
        await batcher.execute(Command("notifications.register", add, items, envelopes, ids))
        return weights.pop()

    monkeypatch.setattr(batcher, "ask", ask)
    return weigh


@pytest.mark.parametrize("count", (100, 1_000))
@pytest.mark.parametrize("value", ([], [{}] * 500, ["text"] * 100, "x" * 5_000))
async def test_a_request_weighs_what_it_takes_of_memory(
    weigh: Callable[..., Awaitable[int]], value: Any, count: int
) -> None:
    body = msgspec.json.encode([{"receiver": "a", "action_type": "b", "action_data": {"a": value}}])
    body = b"[" + b",".join([body[1:-1]] * count) + b"]"
    codec = CloudEventsCodec("/test")
    now = datetime.now(UTC)
    tracemalloc.start()
    try:
        # The weight that a transport and the use case calculate for it.
        given = bytes(bytearray(body))
        news = msgspec.json.decode(given, type=list[NewNotification])
        items = [to_entity(each, new_id(now), now) for each in news]
        envelopes = [codec.encode(to_event(item)) for item in items]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken < await weigh(*(envelope.body for envelope in envelopes)) < 3 * taken


async def test_a_text_counts_four_times(weigh: Callable[..., Awaitable[int]]) -> None:
    assert await weigh(bytes(2000)) == await weigh(bytes(1000)) + 4000


async def test_several_that_come_together_weigh_what_each_does(
    weigh: Callable[..., Awaitable[int]],
) -> None:
    assert await weigh(b"[1,2]", b"{}") == await weigh(b"[1,2]") + await weigh(b"{}")
