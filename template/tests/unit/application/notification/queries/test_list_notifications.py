from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.application.notification.messages import ListNotifications, Page, Slice
from app.application.notification.queries import list_notifications as module
from app.application.notification.queries.list_notifications import ListNotificationsHandler
from chassis.domain.ids import new_id
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notification_work import MemoryNotificationWork
from tests.unit.support import ManualClock, invalid_field, make_notification, refusal, store

# Its UTC time would lie in the year 0.
TOO_EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))


@pytest.fixture
def handle(work: MemoryUnitOfWork, clock: ManualClock) -> ListNotificationsHandler:
    return ListNotificationsHandler(MemoryNotificationWork(work), clock)


async def seven(database: MemoryDatabase, clock: ManualClock) -> list[UUID]:
    """Store seven, a minute apart, and return their ids, newest first."""
    notifications = []
    for number in range(7):
        clock.turn(minutes=1)
        notifications.append(
            make_notification(
                clock(),
                receiver=f"r{number % 2}",
                action_type=f"t{number % 3}",
                is_seen=number == 3,
            )
        )
    await store(database, notifications)
    return [notification.id for notification in reversed(notifications)]


def ids(found: Page | Slice) -> list[UUID]:
    return [item.id for item in found.items]


async def test_pages_go_from_the_newest_to_the_oldest(
    handle: ListNotificationsHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    expected = await seven(database, clock)

    pages = [await handle(ListNotifications(size=3, page=page)) for page in (1, 2, 3, 4)]

    assert [ids(page) for page in pages] == [expected[:3], expected[3:6], expected[6:], []]
    assert all(isinstance(page, Page) and (page.size, page.total) == (3, 7) for page in pages)
    assert [page.page for page in pages if isinstance(page, Page)] == [1, 2, 3, 4]


@pytest.mark.parametrize("size", (1, 2, 3, 7, 8))
async def test_slices_lead_to_the_end_and_leave_nothing_out(
    handle: ListNotificationsHandler, database: MemoryDatabase, clock: ManualClock, size: int
) -> None:
    expected = await seven(database, clock)
    cursor: str | None = ""
    found: list[UUID] = []

    while cursor is not None:
        part = await handle(ListNotifications(size=size, cursor=cursor))
        assert isinstance(part, Slice)
        assert len(part.items) <= size
        assert (part.next_cursor is None) is (len(part.items) < size)
        found += ids(part)
        cursor = part.next_cursor

    assert found == expected


async def test_a_slice_is_not_moved_by_what_arrives_meanwhile(
    handle: ListNotificationsHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    expected = await seven(database, clock)
    first = await handle(ListNotifications(size=3, cursor=""))
    assert isinstance(first, Slice)

    await store(database, [make_notification(clock.now)])

    rest = await handle(ListNotifications(size=10, cursor=first.next_cursor))
    assert ids(first) + ids(rest) == expected


@pytest.mark.parametrize(
    ("criteria", "expected"),
    (
        ({}, [6, 5, 4, 3, 2, 1, 0]),
        ({"receiver": "r1"}, [5, 3, 1]),
        ({"action_type": "t0"}, [6, 3, 0]),
        ({"receiver": "r0", "action_type": "t0"}, [6, 0]),
        ({"is_seen": True}, [3]),
        ({"is_seen": False, "receiver": "r1"}, [5, 1]),
        ({"receiver": "nobody"}, []),
    ),
)
@pytest.mark.parametrize("cursor", (None, ""))
async def test_filters_hold_for_pages_and_slices(
    handle: ListNotificationsHandler,
    database: MemoryDatabase,
    clock: ManualClock,
    criteria: dict[str, Any],
    expected: list[int],
    cursor: str | None,
) -> None:
    oldest_first = (await seven(database, clock))[::-1]

    found = await handle(ListNotifications(cursor=cursor, **criteria))

    assert ids(found) == [oldest_first[number] for number in expected]
    assert not isinstance(found, Page) or found.total == len(expected)


async def test_since_is_within_and_until_is_not(
    handle: ListNotificationsHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    expected = await seven(database, clock)
    times = [database.state.notifications[identity].registered_at for identity in expected]

    found = await handle(ListNotifications(since=times[4], until=times[1]))

    assert ids(found) == expected[2:5]


@pytest.mark.parametrize(
    ("message", "field"),
    (
        ({"size": 0}, "size"),
        ({"size": 201}, "size"),
        ({"size": 10**9}, "size"),
        ({"page": 0}, "page"),
        ({"page": -1}, "page"),
        ({"page": 0, "cursor": ""}, "page"),
        ({"since": TOO_EARLY}, "since"),
        ({"until": TOO_EARLY}, "until"),
        ({"until": TOO_EARLY, "cursor": ""}, "until"),
        ({"page": 51, "size": 200}, "page"),
        ({"page": 10**30}, "page"),
        ({"size": 0, "cursor": ""}, "size"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "ж" * 32}, "cursor"),
        ({"cursor": uuid4().hex}, "cursor"),
        ({"cursor": "ffffffffffff7fff8fffffffffffffff"}, "cursor"),
        ({"cursor": "0" * 100_000}, "cursor"),
    ),
)
async def test_what_is_out_of_bounds_is_refused(
    handle: ListNotificationsHandler, message: dict[str, Any], field: str
) -> None:
    assert await invalid_field(handle(ListNotifications(**message))) == field


@pytest.mark.parametrize(
    ("message", "told"),
    (
        ({"size": 201}, "size: must be 1 to 200"),
        ({"page": 0}, "page: must be 1 or more"),
        (
            {"page": 201},
            "page: page × size must be at most 10000; continue with cursor and size",
        ),
        ({"cursor": "x"}, "cursor: is not a cursor of a list"),
    ),
)
async def test_a_refusal_tells_what_would_be_right(
    handle: ListNotificationsHandler, message: dict[str, Any], told: str
) -> None:
    assert await refusal(handle(ListNotifications(**message))) == told


@pytest.mark.parametrize("message", ({"page": 50, "size": 200}, {"page": 10_000, "size": 1}))
async def test_the_last_page_within_reach_is_given(
    handle: ListNotificationsHandler, message: dict[str, Any]
) -> None:
    found = await handle(ListNotifications(**message))

    assert isinstance(found, Page)
    assert found.items == []


async def test_a_cursor_need_not_be_stored_any_more(
    handle: ListNotificationsHandler, database: MemoryDatabase, clock: ManualClock
) -> None:
    expected = await seven(database, clock)

    later = await handle(ListNotifications(cursor=new_id(clock.now + timedelta(1)).hex))

    assert ids(later) == expected


async def test_a_slice_ends_early_where_it_is_heavy(
    handle: ListNotificationsHandler, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE_BYTES", 250)
    await store(database, [make_notification(action_data={"a": "x" * 92}) for _ in range(7)])
    sizes: list[int] = []
    cursor: str | None = ""

    while cursor is not None:
        part = await handle(ListNotifications(size=200, cursor=cursor))
        assert isinstance(part, Slice)
        sizes.append(len(part.items))
        cursor = part.next_cursor

    assert sizes == [3, 3, 1]


async def test_a_page_that_is_too_heavy_is_refused_and_a_smaller_one_is_not(
    handle: ListNotificationsHandler, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_BYTES", 250)
    await store(database, [make_notification(action_data={"a": "x" * 92}) for _ in range(7)])

    told = await refusal(handle(ListNotifications(size=50)))

    assert told.startswith("size: the page has more than")
    assert "ask for 2 or fewer, or read the list with cursor" in told
    for size in (1, 2, 3):
        page = await handle(ListNotifications(size=size))
        assert len(page.items) == size


async def test_the_refusal_of_a_heavy_page_names_its_limit(
    handle: ListNotificationsHandler, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_BYTES", 3 * 2**20)
    heavy = {"a": "x" * 2**20}
    await store(database, [make_notification(action_data=heavy) for _ in range(5)])

    told = await refusal(handle(ListNotifications(size=50)))

    assert told.startswith("size: the page has more than 3 MiB of action_data")


async def test_a_notification_that_is_heavier_than_a_list_may_be_is_listed_alone(
    handle: ListNotificationsHandler, database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_BYTES", 10)
    monkeypatch.setattr(module, "SLICE_BYTES", 10)
    await store(database, [make_notification(action_data={"a": "x" * 92}) for _ in range(2)])

    for message in (ListNotifications(size=1), ListNotifications(size=200, cursor="")):
        assert len((await handle(message)).items) == 1
