"""Idempotency keys in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, select, tuple_, update

from chassis.application.ports.clock import Clock
from chassis.application.ports.idempotency import Key, Remembered
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.idempotency.table import idempotency_keys
from chassis.infrastructure.database.transaction import SqlTransaction

_columns = idempotency_keys.c
_KEY = ("operation", "caller", "key")
_KEY_COLUMNS = tuple(_columns[name] for name in _KEY)
_VALUES = ("request_hash", "ids", "created_at")
_TAKE = BulkInsert(idempotency_keys, (*_KEY, *_VALUES), returning=_KEY, only_new=True)


class SqlIdempotency:
    """The `Idempotency` of one transaction; a key older than `ttl` has expired."""

    def __init__(self, transaction: SqlTransaction, clock: Clock, ttl: timedelta) -> None:
        self._transaction = transaction
        self._clock = clock
        self._ttl = ttl

    async def remember(self, requests: Sequence[tuple[Key, Remembered]]) -> dict[Key, Remembered]:
        """Take each key for its request; return the earlier requests of those that are taken."""
        if not requests:
            return {}
        now = self._clock()
        wanted = dict(sorted(requests, key=lambda request: request[0]))
        await self._take(wanted, now)
        if not wanted:
            return {}
        earlier = await self._find(wanted)
        forgotten = now - self._ttl
        answers = {}
        for key, request in wanted.items():
            row = earlier.get(key)
            if row is None or row.created_at <= forgotten:
                row = await self._take_over(key, request, now)
            if row is not None:
                answers[key] = Remembered(row.request_hash, tuple(UUID(each) for each in row.ids))
        return answers

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove at most `limit` keys of `before` or earlier; return whether there may be more."""
        is_old = _columns.created_at <= before
        oldest = select(*_KEY_COLUMNS).where(is_old).order_by(_columns.created_at).limit(limit)
        # A key that was taken over meanwhile is no longer old.
        change = delete(idempotency_keys).where(tuple_(*_KEY_COLUMNS).in_(oldest), is_old)
        return (await self._transaction.execute(change)).rowcount == limit

    async def _take(self, wanted: dict[Key, Remembered], now: datetime) -> None:
        """Take the free keys, and remove them from `wanted`."""
        rows = [(*key, *_values(request, now)) for key, request in wanted.items()]
        taken: list[Sequence[Any]] = []
        await self._transaction.insert(_TAKE, rows, then=taken.extend)
        await self._transaction.connection()
        for key in taken:
            del wanted[Key(*key)]

    async def _find(self, keys: dict[Key, Remembered]) -> dict[Key, Row[Any]]:
        is_one_of = tuple_(*_KEY_COLUMNS).in_(list(keys))
        rows = await self._transaction.execute(select(idempotency_keys).where(is_one_of))
        return {Key(row.operation, row.caller, row.key): row for row in rows}

    async def _take_over(self, key: Key, request: Remembered, now: datetime) -> Row[Any] | None:
        """Take over an expired key, or return its row."""
        is_key = and_(*(column == part for column, part in zip(_KEY_COLUMNS, key, strict=True)))
        # Each statement waits for a rival's transaction to end, and then sees its result. If the
        # pruner has removed the row, the key is new.
        is_forgotten = _columns.created_at <= now - self._ttl
        values = dict(zip(_VALUES, _values(request, now), strict=True))
        change = update(idempotency_keys).where(is_key, is_forgotten).values(values)
        if (await self._transaction.execute(change)).rowcount:
            return None
        again = {key: request}
        await self._take(again, now)
        if not again:
            return None
        return (await self._transaction.execute(select(idempotency_keys).where(is_key))).one()


def _values(request: Remembered, now: datetime) -> tuple[Any, ...]:
    return request.request_hash, [str(identity) for identity in request.ids], now
