"""The port `Notifications`."""

import asyncio
from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from app.application.notification.ports import Criteria, Stored
from app.domain.notification.notification import Notification
from chassis.domain.ids import new_id
from tests.contract.database.made import ALL, NOON, add, at
from tests.contract.database.stores import Store
from tests.unit.support import make_notification


async def add_new(store: Store, *notifications: Notification) -> Set[UUID]:
    async with store.work.begin() as work:
        return await work.notifications.add_new(notifications)


async def ids(store: Store, criteria: Criteria = ALL, limit: int = 100) -> list[object]:
    async with store.work.read() as work:
        return [n.id for n in await work.notifications.select(criteria, limit=limit)]


async def test_what_is_stored_comes_back_unchanged(store: Store) -> None:
    data = {
        "text": "héllo ✓ 🧅",
        "n": 2**60,
        "f": 0.1,
        "none": None,
        "deep": [{"a": [True]}],
        "": "",
    }
    notification = make_notification(
        action_data=data,
        actioner="bob",
        fired_at=datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        is_seen=True,
    )
    late = make_notification(fired_at=datetime.max.replace(tzinfo=UTC), actioner=None)
    await add(store, notification, late)
    async with store.work.read() as work:
        assert await work.notifications.get(notification.id) == Stored(notification, 0)
        assert await work.notifications.get(late.id) == Stored(late, 0)


async def test_whoever_asks_learns_which_were_not_there(store: Store) -> None:
    seen, first, second = (make_notification() for _ in range(3))
    await add(store, seen)
    async with store.work.begin() as work:
        await work.notifications.set_seen(seen.id, True)

    assert await add_new(store) == set()
    assert await add_new(store, first, seen, second) == {first.id, second.id}
    assert await add_new(store, first, seen) == set()
    async with store.work.read() as work:
        found = [await work.notifications.get(item.id) for item in (seen, first, second)]
    assert [item.notification.is_seen for item in found if item] == [True, False, False]


async def test_times_come_back_in_utc(store: Store) -> None:
    east = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    notification = make_notification(fired_at=east)
    await add(store, notification)
    async with store.work.read() as work:
        found = await work.notifications.get(notification.id)
    assert found is not None
    assert found.notification.fired_at == east


async def test_what_is_there_is_left_as_it_is(store: Store) -> None:
    notification = make_notification()
    await add(store, notification)
    async with store.work.begin() as work:
        await work.notifications.set_seen(notification.id, True)
    other = make_notification()
    await add(store, notification, other)
    async with store.work.read() as work:
        found = await work.notifications.get(notification.id)
        assert found is not None
        assert found.notification.is_seen
        assert await work.notifications.get(other.id) == Stored(other, 0)


async def test_nothing_and_a_thousand_can_be_added(store: Store) -> None:
    await add(store)
    await add(store, *(make_notification() for _ in range(1000)))
    async with store.work.read() as work:
        assert await work.notifications.count(ALL, at_most=2000) == 1000


async def test_unknown_ids_are_not_found(store: Store) -> None:
    async with store.work.begin() as work:
        assert await work.notifications.get(new_id(NOON)) is None
        assert await work.notifications.set_seen(new_id(NOON), True) is None


async def test_the_seen_state_goes_back_and_forth(store: Store) -> None:
    notification, other = make_notification(), make_notification()
    await add(store, notification, other)
    for version, state in enumerate((True, True, False), start=1):
        async with store.work.begin() as work:
            changed = await work.notifications.set_seen(notification.id, state)
        assert changed is not None
        assert changed == Stored(replace(notification, is_seen=state), version)
    async with store.work.read() as work:
        assert await work.notifications.get(other.id) == Stored(other, 0)


async def test_changes_of_one_row_are_numbered_in_the_order_of_their_commits(store: Store) -> None:
    notification = make_notification()
    await add(store, notification)
    changes: list[Stored] = []

    async def change(number: int) -> None:
        async with store.work.begin() as work:
            changed = await work.notifications.set_seen(notification.id, bool(number % 2))
            assert changed is not None
            # The next transaction waits for this one's commit.
            changes.append(changed)

    await asyncio.gather(*map(change, range(12)))

    assert [changed.version for changed in changes] == list(range(1, 13))
    async with store.work.read() as work:
        assert await work.notifications.get(notification.id) == changes[-1]


async def test_lists_are_newest_first(store: Store) -> None:
    items = [at(NOON + timedelta(seconds=n // 3)) for n in range(9)]
    await add(store, *items[5:], *items[:5])
    expected = [item.id for item in reversed(items)]
    assert await ids(store) == expected
    assert await ids(store, limit=2) == expected[:2]
    async with store.work.read() as work:
        page = await work.notifications.select(ALL, limit=3, offset=4)
        assert [item.id for item in page] == expected[4:7]
        assert await work.notifications.select(ALL, limit=3, offset=9) == []


async def test_a_list_goes_on_after_an_id(store: Store) -> None:
    items = [at(NOON + timedelta(milliseconds=n // 4)) for n in range(12)]
    await add(store, *items)
    expected = [item.id for item in reversed(items)]
    criteria = Criteria(since=NOON, until=NOON + timedelta(hours=1))
    for chosen in (ALL, criteria):
        found, before = [], None
        async with store.work.read() as work:
            while part := await work.notifications.select(chosen, limit=5, before=before):
                found += [item.id for item in part]
                before = found[-1]
        assert found == expected


async def test_a_list_reaches_back_however_long_ago_it_was(store: Store) -> None:
    now = datetime.now(UTC)
    items = [at(now - timedelta(days=age)) for age in (1000, 40, 39, 5, 3, 1, -1)]
    await add(store, *items)
    expected = [item.id for item in reversed(items)]
    for limit in range(1, len(items) + 2):
        assert await ids(store, limit=limit) == expected[:limit]
    for number, item in enumerate(reversed(items)):
        async with store.work.read() as work:
            rest = await work.notifications.select(ALL, limit=9, before=item.id)
        assert [other.id for other in rest] == expected[number + 1 :]
    recent = Criteria(since=now - timedelta(days=39, hours=1), until=now)
    assert await ids(store, recent) == expected[1:5]


async def test_criteria_narrow_lists_and_counts(store: Store) -> None:
    early = at(NOON, receiver="ada", action_type="greeted")
    middle = at(NOON + timedelta(hours=1), receiver="bob", action_type="greeted")
    late = at(NOON + timedelta(hours=2), receiver="ada", action_type="left")
    await add(store, early, middle, late)
    async with store.work.begin() as work:
        await work.notifications.set_seen(middle.id, True)
    for criteria, expected in (
        (Criteria(receiver="ada"), [late, early]),
        (Criteria(receiver="Ada"), []),
        (Criteria(receiver="ada", action_type="left"), [late]),
        (Criteria(is_seen=True), [middle]),
        (Criteria(is_seen=False), [late, early]),
        (Criteria(since=NOON), [late, middle, early]),
        (Criteria(since=NOON + timedelta(microseconds=1)), [late, middle]),
        (Criteria(until=NOON), []),
        (Criteria(until=NOON + timedelta(hours=1, microseconds=1)), [middle, early]),
    ):
        assert await ids(store, criteria) == [item.id for item in expected], criteria
        async with store.work.read() as work:
            assert await work.notifications.count(criteria, at_most=100) == len(expected)


async def test_counting_stops_where_it_is_told_to(store: Store) -> None:
    await add(store, *(make_notification() for _ in range(5)))
    async with store.work.read() as work:
        assert await work.notifications.count(ALL, at_most=4) == 4


async def test_reports_count_by_bucket_and_key(store: Store) -> None:
    minutes = {"ada": (0, 14, 15, 59), "bob": (1, 61)}
    for receiver, fired in minutes.items():
        for minute in fired:
            item = at(NOON + timedelta(minutes=minute), receiver=receiver)
            await add(store, item)
    day = Criteria(since=NOON, until=NOON + timedelta(days=1))
    async with store.work.read() as work:
        rows = await work.notifications.counts(day, by="receiver", bucket_seconds=900, limit=9)
        hours = await work.notifications.counts(day, by="action_type", bucket_seconds=3600, limit=9)
        first = await work.notifications.counts(day, by="receiver", bucket_seconds=900, limit=2)

    def start(minute: int) -> datetime:
        return NOON + timedelta(minutes=minute)

    expected = [(0, "ada", 2), (0, "bob", 1), (15, "ada", 1), (45, "ada", 1), (60, "bob", 1)]
    assert rows == [(start(minute), key, count) for minute, key, count in expected]
    assert first == rows[:2]
    assert hours == [(start(0), "greeted", 5), (start(60), "greeted", 1)]


async def test_buckets_are_aligned_to_1970(store: Store) -> None:
    await add(store, at(NOON))
    async with store.work.read() as work:
        [(bucket, _, _)] = await work.notifications.counts(
            ALL, by="receiver", bucket_seconds=7 * 86_400, limit=5
        )
    assert bucket == datetime(2026, 2, 26, tzinfo=UTC)
    assert bucket.weekday() == datetime(1970, 1, 1, tzinfo=UTC).weekday()


async def test_what_is_old_is_pruned_in_steps(store: Store) -> None:
    old = [at(NOON - timedelta(days=2 + n)) for n in range(25)]
    kept = [at(NOON), at(NOON + timedelta(milliseconds=1)), at(NOON + timedelta(days=1))]
    await add(store, *old, *kept)
    steps = 1
    while await prune(store, NOON, limit=10):
        steps += 1
    # How much a step takes is the store's affair, but not all at once.
    assert 3 <= steps <= 27
    assert await ids(store) == [item.id for item in reversed(kept)]
    assert await prune(store, NOON, limit=10) is False


async def test_many_may_prune_and_write_at_once(store: Store) -> None:
    await add(store, *(at(NOON - timedelta(days=2 + n % 20)) for n in range(200)))

    async def prune_all() -> None:
        while await prune(store, NOON, limit=10):
            pass

    kept = [at(NOON + timedelta(days=n)) for n in range(10)]
    await asyncio.gather(*(prune_all() for _ in range(3)), *(add(store, item) for item in kept))
    await prune_all()
    assert await ids(store) == [item.id for item in reversed(kept)]


async def prune(store: Store, before: datetime, limit: int) -> bool:
    async with store.work.begin() as work:
        return await work.notifications.prune(before, limit=limit)
