"""The projection of a registered notification: a row, and an entry of the cache."""

from collections.abc import Callable, Sequence, Set
from functools import partial
from uuid import UUID

from app.application.notification.mapping import encode, from_event
from app.application.notification.ports import Notifications
from app.domain.notification.notification import Notification
from chassis.application.consuming.projection import After
from chassis.application.event import Event
from chassis.application.ports.cache import Cache
from chassis.application.ports.work import Transaction
from chassis.domain.errors import Invalid


class NotificationProjection:
    """The `Projection` of registered notifications."""

    def __init__(self, notifications: Callable[[Transaction], Notifications], cache: Cache) -> None:
        self._notifications = notifications
        self._cache = cache

    def decode(self, event: Event) -> Notification:
        """Return the notification, unseen; raises `Invalid` or `MsgspecError`."""
        notification = from_event(event)
        if notification.receiver != event.subject:
            # Streams show an event to the callers that may read its subject.
            raise Invalid("subject", "must be the receiver")
        return notification

    def tag(self, item: Notification) -> str:
        """Return the action type."""
        return item.action_type

    async def store(self, transaction: Transaction, items: Sequence[Notification]) -> After:
        """Store the notifications, and fill the cache after the commit."""
        unseen = await self._notifications(transaction).add_new(items)
        return partial(self._fill, items, unseen)

    async def _fill(self, items: Sequence[Notification], unseen: Set[UUID]) -> None:
        # Cache only rows that this transaction inserted. An existing row may have been marked seen.
        await self._cache.fill({str(item.id): encode(item) for item in items if item.id in unseen})
