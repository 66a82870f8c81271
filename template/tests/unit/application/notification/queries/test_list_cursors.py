"""Every text as the cursor of a list: the part that it leads to, or a refusal by name."""

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.bounds import MAX_SIZE
from app.application.notification.messages import ListNotifications, Page, Slice
from app.application.notification.queries.list_notifications import ListNotificationsHandler
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.memory_notification_work import MemoryNotificationWork
from tests.unit.support import ManualClock, make_notification, store

MOST = 10


def handler(database: MemoryDatabase) -> ListNotificationsHandler:
    return ListNotificationsHandler(
        MemoryNotificationWork(MemoryUnitOfWork(database)), ManualClock()
    )


async def filled(count: int, receivers: int = 1) -> tuple[MemoryDatabase, list[UUID]]:
    """Return a database with so many, a minute apart, and their ids, newest first."""
    database, clock = MemoryDatabase(), ManualClock()
    notifications = [
        make_notification(clock() + timedelta(minutes=n), receiver=f"r{n % receivers}")
        for n in range(count)
    ]
    await store(database, notifications)
    return database, [item.id for item in reversed(notifications)]


@given(
    count=st.integers(0, MOST),
    receivers=st.integers(1, 3),
    sizes=st.lists(st.integers(1, MAX_SIZE) | st.integers(1, 4), min_size=1, max_size=4),
)
async def test_parts_of_any_size_lead_to_the_end_and_leave_nothing_out(
    count: int, receivers: int, sizes: list[int]
) -> None:
    database, expected = await filled(count, receivers)
    stored = database.state.notifications
    found: list[UUID] = []
    cursor: str | None = ""
    part = 0

    while cursor is not None:
        size = sizes[part % len(sizes)]
        answer = await handler(database)(ListNotifications(receiver="r0", cursor=cursor, size=size))
        assert isinstance(answer, Slice)
        found += [item.id for item in answer.items]
        cursor = answer.next_cursor
        part += 1

    assert found == [each for each in expected if stored[each].receiver == "r0"]


@given(
    cursor=st.text(min_size=1, max_size=40) | st.uuids().map(str) | st.uuids().map(lambda u: u.hex)
)
async def test_any_text_is_a_cursor_or_refused_by_name(cursor: str) -> None:
    database, expected = await filled(3)

    answer = await answered(database, cursor)

    if isinstance(answer, Invalid):
        assert answer.field == "cursor"
    else:
        # It was one: the id of a notification that need not be there.
        identity = UUID(hex=cursor)
        time_of(identity)
        assert [item.id for item in answer.items] == [each for each in expected if each < identity]


async def answered(database: MemoryDatabase, cursor: str) -> Page | Slice | Invalid:
    """Return what is answered to that cursor, or why it is refused."""
    try:
        return await handler(database)(ListNotifications(cursor=cursor))
    except Invalid as error:
        return error
