"""The outbox as a use case sees it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.ports.outbox import Envelope
from app.infrastructure.database.outbox.table import outbox

# Before any replica's clock, so that a clock that is set back holds nothing up.
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class SqlOutbox:
    """The `Outbox` of one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Write the envelopes down; they are due at once, in the order given."""
        if not envelopes:
            return
        rows = [
            {
                "id": envelope.id,
                "routing_key": envelope.routing_key,
                "body": envelope.body,
                "attempts": 0,
                "due_at": _AT_ONCE,
            }
            for envelope in envelopes
        ]
        await self._connection.execute(insert(outbox), rows)
