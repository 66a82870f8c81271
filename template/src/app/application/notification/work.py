"""The repositories that one notification transaction spans."""

from typing import Protocol

from app.application.notification.ports import Notifications
from chassis.application.ports.unit_of_work import UnitOfWork


class Work(Protocol):
    """The repositories in the transaction of a notification use case."""

    @property
    def notifications(self) -> Notifications:
        """The notifications themselves."""
        ...


type NotificationWork = UnitOfWork[Work]
