"""Commands of one item: stored with their events, and with their keys."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from chassis.application.access.caller import Caller
from chassis.application.backlog import Backlog
from chassis.application.commands.batcher import CommandBatcher
from chassis.application.commands.executor import CommandExecutor
from chassis.application.context import new_context, use_context
from chassis.application.errors import Busy, KeyReused, NotFound
from chassis.application.event import new_event
from chassis.application.message import Accepted, CommandMessage
from chassis.application.ports.idempotency import Key
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.work import Transaction
from chassis.domain.ids import new_id, time_of
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec
from tests.memory_database import MemoryDatabase, MemoryOutboxReader, MemoryUnitOfWork
from tests.unit.support import ManualClock, RecordingMetrics, RecordingSignal

MARK = 3


class Place(CommandMessage[Accepted], frozen=True):
    """Accept an order."""

    product: str
    idempotency_key: str | None = None


class Ship(CommandMessage[Accepted], frozen=True):
    """Ship an order; takes no key."""

    product: str


class Shop:
    """The use case: notes the batches that it stores."""

    def __init__(self, commands: CommandExecutor) -> None:
        self.stored: list[list[str]] = []
        self._commands = commands

    async def __call__(self, message: Place | Ship) -> Accepted:
        identity, now = self._commands.new_id()
        event = new_event("order.placed.v1", message, id=identity, time=now, subject="ada")
        return await self._commands.execute(
            "orders.place", message, self._store, message.product, event
        )

    async def _store(self, transaction: Transaction, items: Sequence[str]) -> None:
        if "nothing" in items:
            raise NotFound("there is no such product")
        self.stored.append(list(items))


@pytest.fixture
def backlog(database: MemoryDatabase, clock: ManualClock, metrics: RecordingMetrics) -> Backlog:
    return Backlog(MemoryOutboxReader(database), clock, metrics, MARK)


@pytest.fixture
async def shop(
    work: MemoryUnitOfWork,
    backlog: Backlog,
    clock: ManualClock,
    signal: RecordingSignal,
    metrics: RecordingMetrics,
) -> AsyncIterator[Shop]:
    batcher = CommandBatcher(work, signal, metrics)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.run(stopping))
        yield Shop(CommandExecutor(batcher, backlog, CloudEventsCodec("/shop"), clock))
        stopping.set()


async def test_callers_share_a_batch_and_each_has_its_event(
    shop: Shop, database: MemoryDatabase, metrics: RecordingMetrics
) -> None:
    answers = await asyncio.gather(*(shop(Place(product=f"p{number}")) for number in range(3)))

    assert shop.stored == [["p0", "p1", "p2"]]
    assert list(database.state.outbox) == [answer.id for answer in answers]
    assert metrics.counters["items_accepted:orders.place"] == 3


async def test_an_id_contains_the_present_time(shop: Shop, clock: ManualClock) -> None:
    identity, now = shop._commands.new_id()

    assert time_of(identity) == now
    assert abs((now - clock()).total_seconds()) < 0.001


async def test_the_same_key_and_request_give_the_same_id(shop: Shop) -> None:
    first = await shop(Place(product="tea", idempotency_key="k"))

    assert await shop(Place(product="tea", idempotency_key="k")) == first
    assert shop.stored == [["tea"]]
    with pytest.raises(KeyReused):
        await shop(Place(product="jam", idempotency_key="k"))
    # Without a key, each request is another one.
    assert await shop(Place(product="tea")) != await shop(Place(product="tea"))
    assert await shop(Ship(product="tea")) != await shop(Ship(product="tea"))


async def test_a_key_is_stored_with_its_operation_and_its_caller(
    shop: Shop, database: MemoryDatabase
) -> None:
    with use_context(new_context(caller=Caller(name="ada"))):
        for name in ("k", "l"):
            await shop(Place(product=name, idempotency_key=name))

    assert list(database.state.keys) == [Key("orders.place", "ada", name) for name in ("k", "l")]


async def test_a_key_belongs_to_its_caller(shop: Shop) -> None:
    answers = []
    for name in ("ada", "bob"):
        with use_context(new_context(caller=Caller(name=name))):
            answers.append(await shop(Place(product="tea", idempotency_key="k")))

    assert answers[0] != answers[1]


async def test_an_error_is_that_of_its_own_command(shop: Shop, database: MemoryDatabase) -> None:
    answers = await asyncio.gather(
        shop(Place(product="tea")), shop(Place(product="nothing")), return_exceptions=True
    )

    assert isinstance(answers[1], NotFound)
    assert isinstance(answers[0], Accepted)
    assert list(database.state.outbox) == [answers[0].id]


async def test_nothing_is_accepted_while_too_much_waits(
    shop: Shop, backlog: Backlog, work: MemoryUnitOfWork, clock: ManualClock
) -> None:
    async with work.begin() as transaction:
        waiting = [Envelope(new_id(clock()), "", b"") for _ in range(MARK + 1)]
        await transaction.outbox.add(waiting)
    await backlog.step()

    with pytest.raises(Busy):
        await shop(Place(product="tea"))
    assert shop.stored == []


def test_the_hash_is_that_of_the_whole_message() -> None:
    # Stored with keys: a service of the release before has the same.
    message = Place(product="tea", idempotency_key="k")
    assert msgspec.json.encode(message) == b'{"product":"tea","idempotency_key":"k"}'
