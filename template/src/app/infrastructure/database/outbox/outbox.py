"""The outbox as a use case sees it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.ports.outbox import Envelope
from app.infrastructure.database.bulk import BulkInsert
from app.infrastructure.database.dialect import Dialect
from app.infrastructure.database.outbox.table import outbox

# Before any replica's clock, so that a clock that is set back holds nothing up.
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


_ADD = BulkInsert(outbox, ("id", "routing_key", "body", "attempts", "due_at"))


class SqlOutbox:
    """The `Outbox` of one transaction."""

    def __init__(self, connection: AsyncConnection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Write the envelopes down; they are due at once, in the order given."""
        if envelopes:
            rows = [(each.id, each.routing_key, each.body, 0, _AT_ONCE) for each in envelopes]
            await self._dialect.insert(self._connection, _ADD, rows)
