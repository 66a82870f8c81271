"""The repositories that one notification transaction spans."""

from typing import Protocol

from app.application.ports.idempotency import Idempotency
from app.application.ports.journal import Journal
from app.application.ports.notifications import Notifications
from app.application.ports.outbox import Outbox
from app.application.ports.unit_of_work import UnitOfWork


class Work(Protocol):
    """What a notification use case finds in its transaction."""

    @property
    def notifications(self) -> Notifications:
        """The notifications themselves."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The events to publish."""
        ...

    @property
    def journal(self) -> Journal:
        """The order in which notifications were received."""
        ...

    @property
    def idempotency(self) -> Idempotency:
        """The idempotency keys."""
        ...


type NotificationWork = UnitOfWork[Work]
