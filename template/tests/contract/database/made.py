"""Notifications of a chosen time, stored."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from app.application.notification.ports import Criteria
from app.domain.notification.notification import Notification
from tests.contract.database.stores import Store
from tests.unit.support import make_notification

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALL = Criteria()

_numbers = count()


def at(time: datetime, **fields: Any) -> Notification:
    """Return a notification registered at `time`, later than those made before it."""
    milliseconds = int(time.timestamp() * 1000)
    identity = UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | next(_numbers))
    return make_notification(id=identity, **fields)


async def add(store: Store, *notifications: Notification) -> None:
    async with store.work.begin() as work:
        await work.notifications.add(notifications)
