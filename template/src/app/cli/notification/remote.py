"""The endpoints of a running service that register notifications and stream them."""

from app.application.notification.stream import STREAMED
from chassis.cli.remote import Remote

REMOTE = Remote(
    name="notification",
    path="/notifications",
    items="notifications",
    register="notifications.register",
    subscribe="notifications.subscribe",
    streamed=STREAMED,
)
