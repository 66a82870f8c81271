"""The repositories that one notification transaction spans."""

from typing import Protocol

from app.application.notification.ports import Notifications
from chassis.application.ports.unit_of_work import UnitOfWork


class Work(Protocol):
    """What a notification use case finds in its transaction."""

    @property
    def notifications(self) -> Notifications:
        """The notifications themselves."""
        ...


type NotificationWork = UnitOfWork[Work]
