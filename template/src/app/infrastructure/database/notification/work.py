"""What a notification use case finds in its transaction."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.ports.clock import Clock
from app.infrastructure.database.dialect import Dialect
from app.infrastructure.database.idempotency.idempotency import SqlIdempotency
from app.infrastructure.database.journal.journal import SqlJournal
from app.infrastructure.database.notification.notifications import SqlNotifications
from app.infrastructure.database.outbox.outbox import SqlOutbox


class SqlNotificationWork:
    """The repositories of the notification's `Work`, on one connection."""

    def __init__(
        self,
        connection: AsyncConnection,
        dialect: Dialect,
        *,
        clock: Clock,
        idempotency_ttl: timedelta,
    ) -> None:
        self.notifications = SqlNotifications(connection, dialect)
        self.outbox = SqlOutbox(connection, dialect)
        self.journal = SqlJournal(connection, dialect)
        self.idempotency = SqlIdempotency(connection, dialect, clock, idempotency_ttl)
