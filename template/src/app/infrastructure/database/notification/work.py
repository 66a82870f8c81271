"""What a notification use case finds in its transaction."""

from datetime import timedelta

from app.application.ports.clock import Clock
from app.infrastructure.database.idempotency.idempotency import SqlIdempotency
from app.infrastructure.database.journal.journal import SqlJournal
from app.infrastructure.database.notification.notifications import SqlNotifications
from app.infrastructure.database.outbox.handover import Handover
from app.infrastructure.database.outbox.outbox import SqlOutbox
from app.infrastructure.database.transaction import Transaction


class SqlNotificationWork:
    """The repositories of the notification's `Work`, in one transaction."""

    def __init__(
        self,
        transaction: Transaction,
        *,
        clock: Clock,
        handover: Handover,
        idempotency_ttl: timedelta,
    ) -> None:
        self.notifications = SqlNotifications(transaction)
        self.outbox = SqlOutbox(transaction, handover)
        self.journal = SqlJournal(transaction)
        self.idempotency = SqlIdempotency(transaction, clock, idempotency_ttl)
