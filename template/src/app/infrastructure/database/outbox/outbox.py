"""The outbox as a use case sees it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.application.ports.outbox import Envelope
from app.infrastructure.database.bulk import BulkInsert
from app.infrastructure.database.outbox.table import outbox
from app.infrastructure.database.transaction import Transaction

# Before any replica's clock, so that a clock that is set back holds nothing up.
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


_ADD = BulkInsert(outbox, ("id", "routing_key", "body", "attempts", "due_at"))


class SqlOutbox:
    """The `Outbox` of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Write the envelopes down; they are due at once, in the order given."""
        if envelopes:
            rows = [(each.id, each.routing_key, each.body, 0, _AT_ONCE) for each in envelopes]
            self._transaction.insert(_ADD, rows)
