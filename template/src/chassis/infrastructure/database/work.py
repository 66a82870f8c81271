"""The machinery's stores in one transaction."""

from collections.abc import Mapping
from datetime import timedelta

from chassis.application.ports.clock import Clock
from chassis.infrastructure.database.idempotency.idempotency import SqlIdempotency
from chassis.infrastructure.database.journal.journal import SqlJournal
from chassis.infrastructure.database.journal.reading import Older
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.outbox import SqlOutbox
from chassis.infrastructure.database.transaction import SqlTransaction


class SqlWork:
    """The stores of the machinery's `Work`."""

    def __init__(
        self,
        transaction: SqlTransaction,
        *,
        clock: Clock,
        leased_outbox: LeasedOutbox,
        idempotency_ttl: timedelta,
        older: Mapping[str, Older],
    ) -> None:
        self.transaction = transaction
        self.outbox = SqlOutbox(transaction, leased_outbox)
        self.journal = SqlJournal(transaction, older)
        self.idempotency = SqlIdempotency(transaction, clock, idempotency_ttl)
