import pytest

from app.application.following import entry, reader
from app.application.following.reader import Reader
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import make_notification, store


async def lengths(made: Reader) -> list[int]:
    position, found = 0, []
    while entries := (await made.read(position)).entries:
        position = entries[-1].position
        found.append(len(entries))
    return found


async def test_batches_grow_while_they_are_light(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 2)
    monkeypatch.setattr(reader, "BATCH", 5)
    await store(database, [make_notification() for _ in range(14)])

    assert await lengths(Reader(work)) == [2, 4, 5, 3]


async def test_batches_shrink_where_they_are_heavy(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 8)
    heavy = 100_000
    monkeypatch.setattr(reader, "BATCH_WEIGHT", 3 * entry.COPIES * heavy)
    action_data = {"text": "x" * heavy}
    await store(database, [make_notification(action_data=action_data) for _ in range(14)])

    first, second, *_ = await lengths(Reader(work))

    assert (first, second) == (8, 2)


async def test_batches_stay_short_where_there_is_little_to_read(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 16)
    heavy = 100_000
    monkeypatch.setattr(reader, "BATCH_WEIGHT", 3 * entry.COPIES * heavy)
    action_data = {"text": "x" * heavy}
    made = Reader(work)
    # Fewer than it had asked for, and too heavy: it knows what one weighs.
    await store(database, [make_notification(action_data=action_data) for _ in range(4)])
    assert await lengths(made) == [4]
    position = database.state.journal[-1].position
    for _ in range(10):
        await made.read(position)
    await store(database, [make_notification(action_data=action_data) for _ in range(6)])

    assert len((await made.read(position)).entries) == 2
