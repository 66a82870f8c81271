import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from app.application.notification.ports import Criteria
from app.domain.notification.notification import Notification
from chassis.application.commands.batcher import Command, CommandBatcher, Ids
from chassis.application.errors import Busy, ConstraintViolated, KeyReused, Unavailable
from chassis.application.ports.idempotency import Key
from chassis.application.ports.locks import Grant
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.work import Transaction
from chassis.domain.ids import new_id
from tests.memory_database import (
    MemoryDatabase,
    MemoryUnitOfWork,
    MemoryWork,
    memory_notifications,
)
from tests.memory_idempotency import MemoryIdempotency
from tests.unit.support import RecordingMetrics, RecordingSignal, make_notification


class StrictUnitOfWork(MemoryUnitOfWork):
    """Counts its transactions, and has a rule that one receiver breaks."""

    def __init__(self, database: MemoryDatabase) -> None:
        super().__init__(database)
        self.begun = 0

    @asynccontextmanager
    async def begin(self, fence: Grant | None = None) -> AsyncIterator[MemoryWork]:
        self.begun += 1
        async with super().begin(fence) as work:
            yield work
            if await work.notifications.count(Criteria(receiver="forbidden"), at_most=1):
                raise ConstraintViolated("the database does not allow this")


@pytest.fixture
def strict(database: MemoryDatabase) -> StrictUnitOfWork:
    return StrictUnitOfWork(database)


@pytest.fixture
async def batcher(
    strict: StrictUnitOfWork, signal: RecordingSignal, metrics: RecordingMetrics
) -> AsyncIterator[CommandBatcher]:
    batcher = CommandBatcher(strict, signal, metrics)
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.run(stopping))
        yield batcher
        stopping.set()


REGISTER = "notifications.register"


async def add(transaction: Transaction, items: Sequence[Notification]) -> None:
    await memory_notifications(transaction).add(items)


def command(receiver: str = "ada", *, key: str | None = None, request_hash: bytes = b"") -> Command:
    item = make_notification(receiver=receiver)
    envelope = Envelope(item.id, receiver, b"{}")
    owned = None if key is None else Key(REGISTER, "ada", key)
    return Command(REGISTER, add, [item], [envelope], (item.id,), owned, request_hash)


async def execute(batcher: CommandBatcher, *asked: Command) -> list[Ids | BaseException]:
    """Execute all at the same time."""
    answers = (batcher.execute(each) for each in asked)
    return await asyncio.gather(*answers, return_exceptions=True)


async def test_many_requests_share_one_transaction(
    batcher: CommandBatcher,
    database: MemoryDatabase,
    strict: StrictUnitOfWork,
    signal: RecordingSignal,
    metrics: RecordingMetrics,
) -> None:
    asked = [command() for _ in range(100)]

    assert await execute(batcher, *asked) == [each.ids for each in asked]

    assert (strict.begun, signal.notified) == (1, 1)
    assert metrics.observed["actor_batch_size:commands"] == [100]
    expected = [each.ids[0] for each in asked]
    assert list(database.state.notifications) == list(database.state.outbox) == expected


async def test_of_a_hundred_the_one_that_breaks_a_rule_is_refused_alone(
    batcher: CommandBatcher, database: MemoryDatabase, metrics: RecordingMetrics
) -> None:
    asked = [command() for _ in range(99)]
    asked.insert(37, command("forbidden"))

    answers = await execute(batcher, *asked)

    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(error) for error in refused] == [ConstraintViolated]
    assert refused[0] is answers[37]
    kept = {each.ids[0] for each in asked} - {asked[37].ids[0]}
    assert set(database.state.notifications) == set(database.state.outbox) == kept
    assert metrics.counters["items_accepted:notifications.register"] == 99


async def test_two_kinds_of_commands_share_one_transaction(
    batcher: CommandBatcher,
    database: MemoryDatabase,
    strict: StrictUnitOfWork,
    metrics: RecordingMetrics,
) -> None:
    shipped: list[list[str]] = []

    async def ship(transaction: Transaction, items: Sequence[str]) -> None:
        shipped.append(list(items))

    ids = [(new_id(datetime.now(UTC)),) for _ in range(3)]
    ships = [
        Command("orders.ship", ship, [f"order {n}"], [Envelope(each[0], "", b"{}")], each)
        for n, each in enumerate(ids)
    ]
    registered = [command() for _ in range(2)]
    asked = [ships[0], registered[0], ships[1], registered[1], ships[2]]

    assert await execute(batcher, *asked) == [each.ids for each in asked]

    # Each store is called once, with the items of all its commands.
    assert (strict.begun, shipped) == (1, [["order 0", "order 1", "order 2"]])
    assert list(database.state.notifications) == [each.ids[0] for each in registered]
    assert list(database.state.outbox) == [each.ids[0] for each in asked]
    assert metrics.counters["items_accepted:orders.ship"] == 3
    assert metrics.counters["items_accepted:notifications.register"] == 2


async def test_an_error_of_one_kind_is_not_that_of_the_other(
    batcher: CommandBatcher, database: MemoryDatabase
) -> None:
    async def refuse(transaction: Transaction, items: Sequence[str]) -> None:
        raise ConstraintViolated("the database does not allow this")

    good, identity = command(), new_id(datetime.now(UTC))
    bad = Command("orders.ship", refuse, ["x"], [Envelope(identity, "", b"{}")], (identity,))

    answers = await execute(batcher, good, bad)

    assert answers[0] == good.ids
    assert isinstance(answers[1], ConstraintViolated)
    assert set(database.state.outbox) == set(good.ids)


async def test_without_a_key_none_is_looked_up(
    batcher: CommandBatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(MemoryIdempotency, "remember")
    asked = command()

    assert await batcher.execute(asked) == asked.ids


async def test_the_same_request_twice_in_one_batch_is_stored_once(
    batcher: CommandBatcher, database: MemoryDatabase, strict: StrictUnitOfWork
) -> None:
    asked = [command(key="k", request_hash=b"same") for _ in range(3)]

    answers = await execute(batcher, *asked, command())

    assert strict.begun == 1
    assert answers[:3] == [asked[0].ids] * 3
    assert len(database.state.notifications) == len(database.state.outbox) == 2


async def test_another_request_under_the_same_key_is_refused_in_the_same_batch(
    batcher: CommandBatcher, database: MemoryDatabase
) -> None:
    first, other = (
        command(key="k", request_hash=b"1"),
        command(key="k", request_hash=b"2"),
    )

    answers = await execute(batcher, first, other)

    assert answers[0] == first.ids
    assert isinstance(answers[1], KeyReused)
    assert str(answers[1]) == "this Idempotency-Key was used with another body"
    assert set(database.state.notifications) == set(first.ids)


async def test_a_request_that_was_answered_before_stores_and_wakes_nothing(
    batcher: CommandBatcher,
    database: MemoryDatabase,
    signal: RecordingSignal,
    metrics: RecordingMetrics,
) -> None:
    first = command(key="k", request_hash=b"same")
    await batcher.execute(first)

    again = await batcher.execute(command(key="k", request_hash=b"same"))

    assert again == first.ids
    assert (len(database.state.outbox), signal.notified) == (1, 1)
    assert metrics.counters["items_accepted:notifications.register"] == 1


async def test_every_item_of_a_command_is_counted(
    batcher: CommandBatcher, metrics: RecordingMetrics
) -> None:
    items = [make_notification() for _ in range(3)]
    ids = tuple(item.id for item in items)
    envelopes = [Envelope(each, "", b"{}") for each in ids]

    assert await batcher.execute(Command(REGISTER, add, items, envelopes, ids)) == ids

    assert metrics.counters["items_accepted:notifications.register"] == 3


async def test_the_relay_is_woken_if_any_part_of_a_batch_was_new(
    batcher: CommandBatcher, signal: RecordingSignal
) -> None:
    first = command(key="k", request_hash=b"same")
    await batcher.execute(first)
    again = command(key="k", request_hash=b"same")

    answers = await execute(batcher, command(), command("forbidden"), again)

    # The refused one has parted the batch, and the last part had nothing new.
    assert answers[2] == first.ids
    assert signal.notified == 2


async def test_callers_go_on_before_the_relay_is_woken(
    batcher: CommandBatcher, signal: RecordingSignal
) -> None:
    notified = []

    async def call() -> None:
        await batcher.execute(command())
        notified.append(signal.notified)

    await asyncio.gather(call(), call())

    assert notified == [0, 0]


async def test_an_outage_is_told_to_every_caller(
    batcher: CommandBatcher, database: MemoryDatabase
) -> None:
    database.available = False

    answers = await execute(batcher, command(), command())

    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]


async def test_what_does_not_fit_into_the_mailbox_is_refused(batcher: CommandBatcher) -> None:
    item = make_notification()
    heavy = Command(REGISTER, add, [item], [Envelope(item.id, "", bytes(2**25))], (item.id,))

    answers = await execute(batcher, heavy, command(), heavy)

    assert answers[:2] == [heavy.ids, answers[1]]
    assert isinstance(answers[2], Busy)
