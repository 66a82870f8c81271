"""The port `Journal`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from app.application.notification.mapping import from_event, to_event
from app.domain.notification.notification import Notification
from chassis.application.ports.journal import Bounds, Entry, Filter
from chassis.infrastructure.database.journal import reading
from tests.contract.database.stores import Store
from tests.unit.support import announced, make_notification

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def ingest(store: Store, *notifications: Notification) -> set[object]:
    async with store.work.begin() as work:
        new = await work.journal.append(*announced(notifications))
    return set(new)


def told(entries: Sequence[Entry]) -> list[Notification]:
    """Return the data of the events."""
    return [from_event(entry.event) for entry in entries]


async def bounds(store: Store) -> Bounds:
    async with store.work.read() as work:
        return await work.journal.bounds()


async def test_an_empty_journal_has_an_epoch_and_no_positions(store: Store) -> None:
    empty = await bounds(store)
    assert empty.epoch
    assert (empty.pruned, empty.head) == (0, 0)
    async with store.work.read() as work:
        assert await work.journal.after(0, limit=10) == []


async def test_reading_goes_on_where_it_stopped(store: Store) -> None:
    items = [make_notification() for _ in range(7)]
    await ingest(store, *items)
    found, position = [], 0
    async with store.work.read() as work:
        while entries := await work.journal.after(position, limit=3):
            found += told(entries)
            position = entries[-1].position
    assert found == items


async def test_labels_narrow_what_is_read(store: Store) -> None:
    ada = make_notification(receiver="ada", action_type="greeted")
    bob = make_notification(receiver="bob", action_type="greeted")
    left = make_notification(receiver="ada", action_type="left")
    await ingest(store, ada, bob, left)
    for receiver, action_type, expected in (
        ("ada", None, [ada, left]),
        (None, "greeted", [ada, bob]),
        ("ada", "left", [left]),
        ("eve", None, []),
    ):
        async with store.work.read() as work:
            matching = Filter(subject=receiver, tag=action_type)
            entries = await work.journal.after(0, limit=10, matching=matching)
        assert told(entries) == expected


async def test_a_transaction_that_fails_leaves_no_entry(store: Store) -> None:
    lost, kept = make_notification(), make_notification()

    async def fail() -> None:
        async with store.work.begin() as work:
            await work.journal.append(*announced([lost]))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        await fail()
    assert await ingest(store, lost, kept) == {lost.id, kept.id}


async def test_nobody_who_reads_on_misses_a_late_commit(store: Store) -> None:
    async def write(number: int) -> None:
        for _ in range(10):
            await ingest(store, make_notification(receiver=f"r{number}"))

    async def follow() -> int:
        seen, position = 0, 0
        while seen < 80:
            async with store.work.read() as work:
                entries = await work.journal.after(position, limit=7)
            seen += len(entries)
            position = entries[-1].position if entries else position
            await asyncio.sleep(0)
        return seen

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        followers = [tasks.create_task(follow()) for _ in range(2)]
        for number in range(8):
            tasks.create_task(write(number))
    assert [follower.result() for follower in followers] == [80, 80]


async def test_entries_are_looked_for_as_far_as_a_position(store: Store) -> None:
    await ingest(store, *(make_notification(action_type="ab"[n % 2]) for n in range(8)))
    positions = [entry.position for entry in await entries(store)]
    async with store.work.read() as work:
        found = await work.journal.after(
            positions[0], limit=10, matching=Filter(tag="a"), until=positions[4]
        )
        short = await work.journal.after(positions[0], limit=1, until=positions[4])
    assert [entry.position for entry in found] == [positions[2], positions[4]]
    assert [entry.position for entry in short] == [positions[1]]


async def test_what_is_old_is_pruned_in_steps(store: Store) -> None:
    old = [make_notification(NOON - timedelta(days=3, seconds=-n)) for n in range(25)]
    kept = [make_notification(NOON + timedelta(seconds=n)) for n in range(3)]
    await ingest(store, *old, *kept)
    removed = [entry.position for entry in await entries(store)][: len(old)]
    before = await bounds(store)
    taken = [await prune(store, NOON, limit=10) for _ in range(3)]
    assert taken == [True, True, False]
    after = await bounds(store)
    assert (after.epoch, after.head) == (before.epoch, before.head)
    assert after.pruned == removed[-1]
    assert await following(store) == kept
    assert await prune(store, NOON, limit=10) is False


async def test_pruning_leaves_no_gaps(store: Store) -> None:
    first = make_notification(NOON - timedelta(days=3))
    new = make_notification(NOON)
    late = make_notification(NOON - timedelta(days=2))
    last = make_notification(NOON + timedelta(seconds=1))
    await ingest(store, first, new, late, last)
    assert await prune(store, NOON, limit=10) is False
    assert await following(store) == [new, late, last]


async def test_the_newest_entry_stays_and_tells_the_head(store: Store) -> None:
    await ingest(store, *(make_notification(NOON - timedelta(days=3)) for _ in range(5)))
    head = (await bounds(store)).head
    assert await prune(store, NOON, limit=10) is False
    found = await bounds(store)
    assert found.head == head
    assert [entry.position for entry in await entries(store)] == [head]
    assert 0 < found.pruned < head
    await ingest(store, make_notification(NOON))
    assert (await bounds(store)).head > head


async def test_types_narrow_what_is_read(store: Store) -> None:
    items = [make_notification() for _ in range(4)]
    events = [replace(to_event(item), type=kind) for item, kind in zip(items, "abac", strict=True)]
    async with store.work.begin() as work:
        await work.journal.append(events)
    for types, expected in (("a", [0, 2]), ("bc", [1, 3]), ("z", []), ("abc", [0, 1, 2, 3])):
        matching = Filter(frozenset(types))
        async with store.work.read() as work:
            found = await work.journal.after(0, limit=10, matching=matching)
        assert [entry.event.id for entry in found] == [items[number].id for number in expected]
        assert {entry.event.type for entry in found} <= set(types)


async def test_an_event_comes_back_as_it_was_announced(store: Store) -> None:
    event = replace(to_event(make_notification()), data=Raw('{"text" : "Zoë \\u0000"}'.encode()))
    async with store.work.begin() as work:
        await work.journal.append([event], ["tag"])
    (entry,) = await entries(store)
    assert entry == Entry(entry.position, replace(event, key=()), "tag")
    assert bytes(entry.event.data) == bytes(event.data)


async def prune(store: Store, before: datetime, limit: int) -> bool:
    async with store.work.begin() as work:
        return await work.journal.prune(before, limit=limit)


async def entries(store: Store) -> list[Entry]:
    async with store.work.read() as work:
        return await work.journal.after(0, limit=100)


async def following(store: Store) -> list[Notification]:
    return told(await entries(store))


async def test_an_epoch_is_drawn_once_for_all_who_ask(store: Store) -> None:
    old = (await bounds(store)).epoch

    async def draw() -> str:
        async with store.work.begin() as work:
            await work.journal.draw_epoch(old)
        async with store.work.read() as work:
            return await work.journal.epoch()

    drawn = set(await asyncio.gather(*(draw() for _ in range(5))))

    assert len(drawn) == 1
    assert old not in drawn
    assert drawn == {(await bounds(store)).epoch}


async def test_a_database_that_goes_on_keeps_its_epoch(store: Store) -> None:
    old = (await bounds(store)).epoch
    async with store.work.begin() as work:
        await work.journal.continue_epoch()

    async with store.work.read() as work:
        assert await work.journal.is_continued()
        assert await work.journal.epoch() == old


@pytest.mark.parametrize("weight", (1, 300, 10**6))
async def test_reading_ends_where_it_is_heavy_and_goes_on_behind_that(
    store: Store, weight: int
) -> None:
    texts = ("", "x" * 1000, "ж" * 50, "x" * 90, "", "🧅" * 250, "")
    items = [make_notification(action_data={"a": text}) for text in texts]
    await ingest(store, *items)
    found, position = [], 0
    async with store.work.read() as work:
        while part := await work.journal.after(position, limit=5, weight=weight):
            data = [bytes(entry.event.data) for entry in part]
            assert sum(map(len, data[:-1])) < weight
            is_last = part[-1].event.id == items[-1].id
            assert sum(map(len, data)) >= weight or len(part) == 5 or is_last
            found += told(part)
            position = part[-1].position
    assert found == items


async def test_the_tail_has_as_much_as_fits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WEIGHED", 2)
    async with store.work.read() as work:
        assert await work.journal.tail(0, limit=5, weight=10) == 0
    data = Raw(msgspec.json.encode("x" * 98))
    events = [replace(to_event(make_notification()), data=data) for _ in range(9)]
    async with store.work.begin() as work:
        await work.journal.append(events)
    async with store.work.read() as work:
        positions = [entry.position for entry in await work.journal.after(0, limit=9)]
        for limit, weight, kept in (
            (100, 10**6, 9),
            (9, 900, 9),
            (100, 899, 8),
            (100, 500, 5),
            (100, 1, 1),
            (4, 10**6, 4),
            (1, 1, 1),
        ):
            begin = await work.journal.tail(positions[-1], limit=limit, weight=weight)
            assert sum(position > begin for position in positions) == kept
        begin = await work.journal.tail(positions[4], limit=2, weight=10**6)
        assert [p for p in positions if begin < p <= positions[4]] == positions[3:5]
