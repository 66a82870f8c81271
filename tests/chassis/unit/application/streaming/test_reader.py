import asyncio

import pytest

from chassis.application.context import new_context, use_context
from chassis.application.ports.journal import ANY, Bounds, Filter
from chassis.application.streaming import encoded_entry, reader
from chassis.application.streaming.reader import Reader
from tests.chassis.unit.application.streaming.entries import streamed_entry
from tests.chassis.unit.events import BOTH, ORDER, make_event
from tests.memory_database import MemoryDatabase, MemoryJournal, MemoryUnitOfWork
from tests.unit.support import make_notification, store


async def lengths(made: Reader) -> list[int]:
    position, found = 0, []
    while entries := (await made.read(position)).entries:
        position = entries[-1].position
        found.append(len(entries))
    return found


async def test_an_empty_journal_has_got_nowhere(work: MemoryUnitOfWork) -> None:
    assert not await Reader(work, BOTH).reaches(1)


async def test_a_journal_goes_on_if_it_holds_the_position_in_the_same_epoch(
    work: MemoryUnitOfWork, database: MemoryDatabase
) -> None:
    await store(database, [make_notification() for _ in range(2)])
    made = Reader(work, BOTH)
    bounds = await made.bounds()
    made.begin(bounds)
    positions = (1, bounds.head, bounds.head + 1)

    assert [await made.is_continued(each) for each in positions] == [True, True, False]
    database.epoch = "another"
    assert not await made.is_continued(1)


async def test_what_follows_at_once_has_no_gap_to_be_looked_for(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(MemoryJournal, "bounds")
    made = Reader(work, BOTH)
    await store(database, [make_notification()])

    assert [len((await made.read(position)).entries) for position in (0, 1)] == [1, 0]


@pytest.mark.parametrize("receiver", (None, "ada"))
async def test_only_an_action_type_alone_is_looked_for_in_parts(
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    monkeypatch: pytest.MonkeyPatch,
    receiver: str | None,
) -> None:
    monkeypatch.setattr(reader, "SCAN_WINDOW", 1)
    await store(database, [make_notification() for _ in range(5)])

    found, _ = await Reader(work, BOTH).catch_up(0, Filter(subject=receiver))

    assert (len(found.entries), found.until) == (5, None)


@pytest.mark.parametrize(
    ("matching", "is_in_parts"),
    (
        (Filter(frozenset({ORDER})), True),
        (Filter(tag="greeted"), True),
        (Filter(frozenset({ORDER}), subject="ada"), False),
    ),
)
async def test_a_type_or_a_tag_without_a_subject_is_looked_for_in_parts(
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    monkeypatch: pytest.MonkeyPatch,
    matching: Filter,
    is_in_parts: bool,
) -> None:
    monkeypatch.setattr(reader, "SCAN_WINDOW", 2)
    await store(database, [make_notification() for _ in range(5)])

    found, _ = await Reader(work, BOTH).catch_up(1, matching)

    assert found.until == (3 if is_in_parts else None)


async def test_what_is_not_streamed_counts_as_read(
    work: MemoryUnitOfWork, database: MemoryDatabase
) -> None:
    async with work.begin() as unit:
        await unit.journal.append([make_event(), make_event("secret.kept.v1")])
    last = database.state.journal[-1].position

    found = await Reader(work, BOTH).read(0)

    assert [entry.item.event for entry in found.entries] == ["order"]
    assert (found.last, found.has_more, found.has_gap) == (last, False, False)


async def test_many_who_ask_how_far_the_journal_is_share_one_answer(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "CATCH_UPS", 1)
    made = Reader(work, BOTH)
    await store(database, [make_notification() for _ in range(3)])
    head = database.state.journal[-1].position
    asked = 0
    bounds = made.bounds

    async def count() -> Bounds:
        nonlocal asked
        asked += 1
        return await bounds()

    monkeypatch.setattr(made, "bounds", count)

    assert await asyncio.gather(*(made.reaches(head) for _ in range(3))) == [True] * 3
    assert await made.reaches(head)
    assert asked == 1

    assert not await made.reaches(head + 1)


async def test_what_is_known_to_be_reached_waits_for_no_place(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "CATCH_UPS", 1)
    made = Reader(work, BOTH)
    await store(database, [make_notification()])
    head = database.state.journal[-1].position
    assert await made.reaches(head)

    catching_up = asyncio.create_task(made.catch_up(0, ANY))
    asking = asyncio.create_task(made.reaches(head))
    await asyncio.sleep(0)

    assert (catching_up.done(), asking.done()) == (False, True)
    await catching_up


async def test_batches_grow_while_they_are_light(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 2)
    monkeypatch.setattr(reader, "BATCH", 5)
    await store(database, [make_notification() for _ in range(14)])

    assert await lengths(Reader(work, BOTH)) == [2, 4, 5, 3]


async def test_batches_shrink_where_they_are_heavy(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 8)
    heavy = 100_000
    monkeypatch.setattr(reader, "BATCH_WEIGHT", 3 * encoded_entry.COPIES * heavy)
    action_data = {"text": "x" * heavy}
    await store(database, [make_notification(action_data=action_data) for _ in range(14)])

    first, second, *_ = await lengths(Reader(work, BOTH))

    assert (first, second) == (3, 2)


async def test_what_is_heavier_than_a_batch_comes_alone(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 2)
    monkeypatch.setattr(reader, "BATCH_WEIGHT", 1)
    await store(database, [make_notification() for _ in range(4)])

    assert await lengths(Reader(work, BOTH)) == [1, 1, 1, 1]


async def test_a_batch_may_be_as_heavy_as_that(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 1)
    notifications = [make_notification() for _ in range(3)]
    weight = streamed_entry(1).weight
    monkeypatch.setattr(reader, "BATCH_WEIGHT", weight)
    await store(database, notifications)

    assert (await lengths(Reader(work, BOTH)))[:2] == [1, 2]


async def test_batches_stay_short_where_there_is_little_to_read(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", 16)
    heavy = 100_000
    monkeypatch.setattr(reader, "BATCH_WEIGHT", 3 * encoded_entry.COPIES * heavy)
    action_data = {"text": "x" * heavy}
    made = Reader(work, BOTH)
    # Fewer than it had asked for, and too heavy: it knows what one weighs.
    await store(database, [make_notification(action_data=action_data) for _ in range(4)])
    assert await lengths(made) == [3, 1]
    position = database.state.journal[-1].position
    for _ in range(10):
        await made.read(position)
    await store(database, [make_notification(action_data=action_data) for _ in range(6)])

    assert len((await made.read(position)).entries) == 2


async def test_there_is_more_where_a_batch_ends_for_its_weight(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "BATCH_WEIGHT", 1)
    await store(database, [make_notification() for _ in range(2)])
    made = Reader(work, BOTH)
    positions = [entry.position for entry in database.state.journal]

    found = [await made.read(position) for position in (0, *positions)]

    assert [len(each.entries) for each in found] == [1, 1, 0]
    assert [each.has_more for each in found] == [True, True, False]


async def hold(database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch, *, batches: int) -> None:
    """Store three large notifications, and let readers hold so many batches together."""
    heavy = {"text": "x" * 100_000}
    await store(database, [make_notification(action_data=heavy) for _ in range(3)])
    weight = 2 * encoded_entry.COPIES * 100_000
    monkeypatch.setattr(reader, "BATCH_WEIGHT", weight)
    monkeypatch.setattr(reader, "HELD_WEIGHT", batches * weight)


async def test_so_many_batches_are_held_as_fit_together(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(database, monkeypatch, batches=1)
    made = Reader(work, BOTH)
    _, share = await made.catch_up(0, ANY)

    other = asyncio.create_task(made.catch_up(0, ANY))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not other.done()
    share.release()

    found, _ = await other
    assert len(found.entries) == 1


async def test_subscribers_that_read_nothing_leave_room_for_others(
    work: MemoryUnitOfWork, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(database, monkeypatch, batches=3)
    made = Reader(work, BOTH)
    held = []

    async def read_nothing() -> None:
        with use_context(new_context(peer="192.0.2.1")):
            held.append(await made.catch_up(0, ANY))

    crowd = [asyncio.create_task(read_nothing()) for _ in range(9)]
    for _ in range(5):
        await asyncio.sleep(0)

    with use_context(new_context(peer="192.0.2.2")):
        found, _ = await asyncio.wait_for(made.catch_up(0, ANY), 5)

    assert len(found.entries) == 1
    for each in crowd:
        each.cancel()
