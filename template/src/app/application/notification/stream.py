"""How notifications are streamed."""

from app.application.notification.mapping import REGISTERED
from app.application.notification.messages import READ
from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.streamed import Streamed

STREAMED = Streamed(event="notification", scope=READ, subject="receiver", tag="action_type")


def subscribe(
    receiver: str | None = None, action_type: str | None = None, cursor: str | None = None
) -> Subscribe:
    """Return the subscriptions to notifications, with the notification's own filters."""
    return Subscribe(types=(REGISTERED,), subject=receiver, tag=action_type, cursor=cursor)
