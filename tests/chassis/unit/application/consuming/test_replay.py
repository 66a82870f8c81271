"""The journal's events, handed to their projection again."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from app.application.notification.mapping import REGISTERED, to_event
from chassis.application.consuming import replay as module
from chassis.application.consuming.replay import Progress, Replay
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.event import Event
from chassis.application.ports.work import Transaction
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork, MemoryWork
from tests.unit.support import RecordingMetrics, make_notification


class Subjects:
    """A projection that keeps each subject once, in the transaction's own state."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.stored_in: set[Transaction] = set()

    def decode(self, event: Event) -> str:
        """Return the subject; raises `ValidationError` for data without a number."""
        msgspec.json.decode(event.data, type=dict[str, int])
        return event.subject

    def tag(self, item: str) -> None:
        """Return nothing."""

    async def store(self, transaction: Transaction, items: Sequence[str]) -> None:
        """Keep the items."""
        self.transactions.append(list(items))
        self.stored_in.add(transaction)


@pytest.fixture
def projection() -> Subjects:
    return Subjects()


@pytest.fixture
def upcasting(projection: Subjects) -> Upcasting:
    def add_one(data: dict[str, Any]) -> dict[str, Any]:
        return {"n": data["old"]}

    factories: dict[str, Any] = {"counted.v2": lambda: projection, "other.v1": lambda: projection}
    return Upcasting(factories, [{"counted.v1": add_one}], RecordingMetrics())


async def fill(database: MemoryDatabase, *events: tuple[str, str, bytes]) -> int:
    """Append these and return the head."""
    made = [
        replace(to_event(make_notification()), type=kind, subject=subject, data=Raw(data))
        for kind, subject, data in events
    ]
    async with MemoryUnitOfWork(database).begin() as work:
        await work.journal.append(made)
        return (await work.journal.bounds()).head


async def replayed(replay: Replay, position: int, head: int) -> list[Progress]:
    return [step async for step in replay(position, head)]


async def test_events_of_the_type_alone_are_stored_in_batches(
    projection: Subjects,
    upcasting: Upcasting,
    database: MemoryDatabase,
    work: MemoryUnitOfWork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "WINDOW", 3)
    kinds = ("counted.v2", "other.v1", "counted.v2", REGISTERED, "counted.v2", "counted.v2")
    head = await fill(database, *((kind, str(n), b'{"n":1}') for n, kind in enumerate(kinds)))

    steps = await replayed(Replay("counted.v2", upcasting, work), 0, head)

    assert [each for part in projection.transactions for each in part] == ["0", "2", "4", "5"]
    assert max(map(len, projection.transactions)) <= 2
    assert (steps[-1].position, steps[-1].replayed, steps[-1].skipped) == (head, 4, 0)
    assert [step.position for step in steps] == sorted({step.position for step in steps})


async def test_a_batch_ends_at_its_limit_and_each_has_a_transaction(
    projection: Subjects,
    upcasting: Upcasting,
    database: MemoryDatabase,
    work: MemoryUnitOfWork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    head = await fill(database, *(("counted.v2", str(n), b'{"n":1}') for n in range(5)))

    steps = await replayed(Replay("counted.v2", upcasting, work), 0, head)

    assert projection.transactions == [["0", "1"], ["2", "3"], ["4"]]
    assert len(projection.stored_in) == 3
    assert all(isinstance(each, MemoryWork) for each in projection.stored_in)
    assert [step.replayed for step in steps] == [2, 4, 5]


async def test_what_is_skipped_is_counted_over_all_batches(
    upcasting: Upcasting,
    database: MemoryDatabase,
    work: MemoryUnitOfWork,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    data = (b'{"n":"x"}', b'{"n":1}')
    head = await fill(database, *(("counted.v2", str(n), data[n % 2]) for n in range(6)))

    steps = await replayed(Replay("counted.v2", upcasting, work), 0, head)

    assert [(step.replayed, step.skipped) for step in steps] == [(1, 1), (2, 2), (3, 3)]


async def test_older_versions_are_upcast_and_what_cannot_be_decoded_is_told_of(
    projection: Subjects, upcasting: Upcasting, database: MemoryDatabase, work: MemoryUnitOfWork
) -> None:
    head = await fill(
        database,
        ("counted.v1", "old", b'{"old":1}'),
        ("counted.v1", "broken", b"{}"),
        ("counted.v2", "wrong", b'{"n":"x"}'),
        ("counted.v2", "new", b'{"n":1}'),
    )

    (*_, last) = await replayed(Replay("counted.v2", upcasting, work), 0, head)

    assert projection.transactions == [["old", "new"]]
    assert (last.replayed, last.skipped) == (2, 2)


async def test_it_begins_after_a_position(
    projection: Subjects, upcasting: Upcasting, database: MemoryDatabase, work: MemoryUnitOfWork
) -> None:
    await fill(database, *(("counted.v2", str(n), b'{"n":1}') for n in range(4)))
    positions = [entry.position for entry in database.state.journal]

    await replayed(Replay("counted.v2", upcasting, work), positions[1], positions[2])

    assert projection.transactions == [["2"]]
    with pytest.raises(KeyError):
        Replay("unknown.v1", upcasting, work)
