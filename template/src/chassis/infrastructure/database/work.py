"""The machinery's stores in one transaction."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from chassis.application.delay_limits import DelayLimits
from chassis.application.ports.clock import Clock
from chassis.infrastructure.database.idempotency.idempotency import SqlIdempotency
from chassis.infrastructure.database.journal.journal import SqlJournal
from chassis.infrastructure.database.journal.reading import Older
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.outbox import SqlOutbox
from chassis.infrastructure.database.transaction import SqlTransaction


class SqlWork:
    """The stores of the machinery's `Work`; each is made when it is first used."""

    def __init__(
        self,
        transaction: SqlTransaction,
        *,
        clock: Clock,
        leased_outbox: LeasedOutbox,
        delay_limits: DelayLimits,
        idempotency_ttl: timedelta,
        older: Mapping[str, Older],
    ) -> None:
        self.transaction = transaction
        self._clock = clock
        self._leased_outbox = leased_outbox
        self._delay_limits = delay_limits
        self._idempotency_ttl = idempotency_ttl
        self._older = older

    @cached_property
    def outbox(self) -> SqlOutbox:
        """The outbox."""
        return SqlOutbox(self.transaction, self._leased_outbox, self._delay_limits.is_delayed)

    @cached_property
    def journal(self) -> SqlJournal:
        """The journal."""
        return SqlJournal(self.transaction, self._older)

    @cached_property
    def idempotency(self) -> SqlIdempotency:
        """The idempotency keys."""
        return SqlIdempotency(self.transaction, self._clock, self._idempotency_ttl)
