"""Idempotency keys in the database."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.application.ports.clock import Clock
from app.application.ports.idempotency import Remembered
from app.infrastructure.database.dialect import Dialect
from app.infrastructure.database.idempotency.table import idempotency_keys

_columns = idempotency_keys.c


class SqlIdempotency:
    """The `Idempotency` of one transaction; a key older than `ttl` is forgotten."""

    def __init__(
        self, connection: AsyncConnection, dialect: Dialect, clock: Clock, ttl: timedelta
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._clock = clock
        self._ttl = ttl

    async def remember(
        self, caller: str, key: str, request_hash: bytes, ids: Sequence[UUID]
    ) -> Remembered | None:
        """Take the key for this request, or return the earlier one that has it."""
        now = self._clock()
        request = {
            "request_hash": request_hash,
            "ids": [str(identity) for identity in ids],
            "created_at": now,
        }
        is_key = and_(_columns.caller == caller, _columns.key == key)
        take = self._dialect.insert_new(idempotency_keys).values(caller=caller, key=key, **request)
        is_forgotten = _columns.created_at <= now - self._ttl
        take_over = update(idempotency_keys).where(is_key, is_forgotten).values(**request)
        # Each statement waits for a rival's transaction to end, and then sees what that one left:
        # the pruner leaves nothing to take over.
        for attempt in (take, take_over, take):
            taken = await self._connection.execute(attempt.returning(_columns.key))
            if taken.first() is not None:
                return None
        query = select(_columns.request_hash, _columns.ids).where(is_key)
        earlier_hash, earlier_ids = (await self._connection.execute(query)).one()
        return Remembered(earlier_hash, tuple(UUID(identity) for identity in earlier_ids))

    async def prune(self, *, limit: int) -> bool:
        """Remove at most `limit` keys that are forgotten; return whether there may be more."""
        key = (_columns.caller, _columns.key)
        forgotten = _columns.created_at <= self._clock() - self._ttl
        oldest = select(*key).where(forgotten).order_by(_columns.created_at).limit(limit)
        # A key that was taken over meanwhile is not forgotten any more.
        change = delete(idempotency_keys).where(tuple_(*key).in_(oldest), forgotten)
        return (await self._connection.execute(change)).rowcount == limit
