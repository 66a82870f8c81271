"""Lifecycle: what happens in the life of the service becomes a notification to its operators."""

import msgspec
from msgspec import Raw

from app.application.notification.commands.own_notifications import RECEIVER, OwnNotifications
from app.application.notification.messages import NewNotification
from app.domain.notification.notification import Notification
from chassis.application.ports.lifecycle import KINDS, LifecycleEvent


class LifecycleNotifier:
    """The `LifecycleListener` of the notification: the kind is the action type."""

    def __init__(self, own: OwnNotifications) -> None:
        self._own = own

    async def __call__(self, event: LifecycleEvent) -> None:
        """Register a notification about `event`; raises `Unavailable`."""
        data = {"subject": event.subject, "details": event.details, "count": event.count}
        await self._own.register(
            NewNotification(
                receiver=RECEIVER,
                action_type=event.kind,
                action_data=Raw(msgspec.json.encode(data)),
                actioner=self._own.source,
            )
        )


def is_about_itself(notification: Notification) -> bool:
    """Return whether a notification is about the service: nothing about it is told again."""
    return notification.receiver == RECEIVER and notification.action_type in KINDS
