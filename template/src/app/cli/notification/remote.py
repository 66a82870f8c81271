"""Where a running service takes notifications in, and where it streams them."""

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
