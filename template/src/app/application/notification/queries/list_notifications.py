"""List: notifications by criteria, newest first."""

from collections.abc import Sequence
from uuid import UUID

from app.application.notification.bounds import MAX_REACH, MAX_SIZE, PAGE_BYTES, SLICE_BYTES
from app.application.notification.mapping import to_messages
from app.application.notification.messages import ListNotifications, Page, Slice
from app.application.notification.ports import Criteria, Notifications
from app.application.notification.queries.totals import Totals
from app.domain.notification.notification import Notification
from chassis.application.context import current_caller
from chassis.application.ports.clock import Clock
from chassis.application.ports.unit_of_work import UnitOfWork
from chassis.application.time_range import check_range
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of


class ListNotificationsHandler:
    """Lists by page while pages are near, and by cursor at any distance."""

    def __init__(self, work: UnitOfWork[Notifications], clock: Clock) -> None:
        self._work = work
        self._totals = Totals(clock)

    async def __call__(self, message: ListNotifications) -> Page | Slice:
        """Return a page, or a slice if a cursor was given (an empty one starts at the newest).

        Raises `Invalid`, `Forbidden` or `Unavailable`.
        """
        if not 1 <= message.size <= MAX_SIZE:
            raise Invalid("size", f"must be 1 to {MAX_SIZE}")
        if message.page < 1:
            raise Invalid("page", "must be 1 or more")
        check_range(message.since, message.until)
        criteria = Criteria(
            receiver=current_caller().readable(message.receiver),
            action_type=message.action_type,
            is_seen=message.is_seen,
            since=message.since,
            until=message.until,
        )
        if message.cursor is not None:
            return await self._slice(criteria, message.size, message.cursor)
        return await self._page(criteria, message.size, message.page)

    async def _page(self, criteria: Criteria, size: int, page: int) -> Page:
        if page * size > MAX_REACH:
            raise Invalid(
                "page", f"page × size must be at most {MAX_REACH}; continue with cursor and size"
            )
        async with self._work.read() as notifications:
            found = await notifications.select(
                criteria, limit=size, offset=(page - 1) * size, weight=PAGE_BYTES
            )
            if len(found) < size and _weigh(found) >= PAGE_BYTES:
                raise Invalid(
                    "size",
                    f"the page has more than {PAGE_BYTES // 2**20} MiB of action_data: ask for "
                    f"{len(found) - 1 or 1} or fewer, or read the list with cursor",
                )
            total = await self._totals.count(notifications, criteria)
        return Page(items=to_messages(found), page=page, size=size, total=total)

    async def _slice(self, criteria: Criteria, size: int, cursor: str) -> Slice:
        before = _parse(cursor) if cursor else None
        async with self._work.read() as notifications:
            found = await notifications.select(
                criteria, limit=size, before=before, weight=SLICE_BYTES
            )
        has_more = len(found) == size or _weigh(found) >= SLICE_BYTES
        next_cursor = found[-1].id.hex if has_more else None
        return Slice(items=to_messages(found), next_cursor=next_cursor)


def _weigh(found: Sequence[Notification]) -> int:
    return sum([len(each.action_data) for each in found])


def _parse(cursor: str) -> UUID:
    # Ids are UUIDv7 and lists are ordered by them, so the last id seen is all a cursor needs.
    try:
        before = UUID(hex=cursor)
        time_of(before)
    except ValueError:
        raise Invalid("cursor", "is not a cursor of a list") from None
    return before
