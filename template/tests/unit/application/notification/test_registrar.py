import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.application.errors import Busy, ConstraintViolated, KeyReused, Unavailable
from app.application.notification.mapping import to_entity, to_event
from app.application.notification.messages import NewNotification
from app.application.notification.registrar import Ids, Registrar, Registration
from app.application.ports.idempotency import Key
from app.application.ports.notifications import Criteria
from app.application.ports.outbox import Envelope
from app.domain.ids import new_id
from app.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import (
    MemoryDatabase,
    MemoryIdempotency,
    MemoryUnitOfWork,
    MemoryWork,
)
from tests.unit.support import RecordingMetrics, RecordingWake, make_notification


class StrictUnitOfWork(MemoryUnitOfWork):
    """Counts its transactions, and has a rule that one receiver breaks."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.begun = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryWork]:
        self.begun += 1
        async with super().begin() as work:
            yield work
            if await work.notifications.count(Criteria(receiver="forbidden"), at_most=1):
                raise ConstraintViolated("the database does not allow this")


@pytest.fixture
def strict(database: MemoryDatabase) -> StrictUnitOfWork:
    return StrictUnitOfWork(database)


@pytest.fixture
async def registrar(
    strict: StrictUnitOfWork, wake: RecordingWake, metrics: RecordingMetrics
) -> AsyncIterator[Registrar]:
    registrar = Registrar(strict, wake, metrics)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(registrar.run(stopping))
        yield registrar
        stopping.set()


def registration(
    receiver: str = "ada", *, key: str | None = None, request_hash: bytes = b""
) -> Registration:
    item = make_notification(receiver=receiver)
    envelope = Envelope(item.id, receiver, b"{}")
    owned = None if key is None else Key("operation", "ada", key)
    return Registration([item], [envelope], (item.id,), owned, request_hash)


async def register(registrar: Registrar, *asked: Registration) -> list[Ids | BaseException]:
    """Register all at the same time."""
    answers = (registrar.register(each) for each in asked)
    return await asyncio.gather(*answers, return_exceptions=True)


async def test_many_requests_share_one_transaction(
    registrar: Registrar,
    database: MemoryDatabase,
    strict: StrictUnitOfWork,
    wake: RecordingWake,
    metrics: RecordingMetrics,
) -> None:
    asked = [registration() for _ in range(100)]

    assert await register(registrar, *asked) == [each.ids for each in asked]

    assert (strict.begun, wake.rings) == (1, 1)
    assert metrics.observed["actor_batch_size:registrar"] == [100]
    expected = [each.ids[0] for each in asked]
    assert list(database.state.notifications) == list(database.state.outbox) == expected


async def test_of_a_hundred_the_one_that_breaks_a_rule_is_refused_alone(
    registrar: Registrar, database: MemoryDatabase, metrics: RecordingMetrics
) -> None:
    asked = [registration() for _ in range(99)]
    asked.insert(37, registration("forbidden"))

    answers = await register(registrar, *asked)

    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(error) for error in refused] == [ConstraintViolated]
    assert refused[0] is answers[37]
    kept = {each.ids[0] for each in asked} - {asked[37].ids[0]}
    assert set(database.state.notifications) == set(database.state.outbox) == kept
    assert metrics.counters["notifications_accepted"] == 99


async def test_without_a_key_none_is_looked_up(
    registrar: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(MemoryIdempotency, "remember")
    asked = registration()

    assert await registrar.register(asked) == asked.ids


async def test_the_same_request_twice_in_one_batch_is_stored_once(
    registrar: Registrar, database: MemoryDatabase, strict: StrictUnitOfWork
) -> None:
    asked = [registration(key="k", request_hash=b"same") for _ in range(3)]

    answers = await register(registrar, *asked, registration())

    assert strict.begun == 1
    assert answers[:3] == [asked[0].ids] * 3
    assert len(database.state.notifications) == len(database.state.outbox) == 2


async def test_another_request_under_the_same_key_is_refused_in_the_same_batch(
    registrar: Registrar, database: MemoryDatabase
) -> None:
    first, other = (
        registration(key="k", request_hash=b"1"),
        registration(key="k", request_hash=b"2"),
    )

    answers = await register(registrar, first, other)

    assert answers[0] == first.ids
    assert isinstance(answers[1], KeyReused)
    assert str(answers[1]) == "this Idempotency-Key was used with another body"
    assert set(database.state.notifications) == set(first.ids)


async def test_a_request_that_was_answered_before_stores_and_wakes_nothing(
    registrar: Registrar, database: MemoryDatabase, wake: RecordingWake, metrics: RecordingMetrics
) -> None:
    first = registration(key="k", request_hash=b"same")
    await registrar.register(first)

    again = await registrar.register(registration(key="k", request_hash=b"same"))

    assert again == first.ids
    assert (len(database.state.outbox), wake.rings) == (1, 1)
    assert metrics.counters["notifications_accepted"] == 1


async def test_callers_go_on_before_the_relay_is_woken(
    registrar: Registrar, wake: RecordingWake
) -> None:
    rings = []

    async def call() -> None:
        await registrar.register(registration())
        rings.append(wake.rings)

    await asyncio.gather(call(), call())

    assert rings == [0, 0]


async def test_an_outage_is_told_to_every_caller(
    registrar: Registrar, database: MemoryDatabase
) -> None:
    database.available = False

    answers = await register(registrar, registration(), registration())

    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]


@pytest.fixture
def weigh(registrar: Registrar, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[int]]:
    weights = []

    async def ask(_: Registration, weight: int = 0) -> Ids:
        weights.append(weight)
        return ()

    async def weigh(*bodies: bytes) -> int:
        items = [make_notification() for _ in bodies]
        ids = tuple(item.id for item in items)
        envelopes = [Envelope(each, "", body) for each, body in zip(ids, bodies, strict=True)]
        await registrar.register(Registration(items, envelopes, ids))
        return weights.pop()

    monkeypatch.setattr(registrar, "ask", ask)
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
        # What a transport and the use case make of it.
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


async def test_what_does_not_fit_into_the_mailbox_is_refused(registrar: Registrar) -> None:
    item = make_notification()
    heavy = Registration([item], [Envelope(item.id, "", bytes(2**25))], (item.id,))

    answers = await register(registrar, heavy, registration(), heavy)

    assert answers[:2] == [heavy.ids, answers[1]]
    assert isinstance(answers[2], Busy)
