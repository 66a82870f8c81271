"""The delayed events of a database."""

from datetime import datetime

from sqlalchemy import Integer, Select, bindparam, delete, func, insert, literal, select

from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.delayed.table import delayed_events
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.outbox import AT_ONCE
from chassis.infrastructure.database.outbox.table import outbox
from chassis.infrastructure.database.types import Timestamp

_columns = delayed_events.c
_ORDER = (_columns.not_before, _columns.position)
_NEXT = select(_columns.not_before).order_by(*_ORDER).limit(1)
_DUE: Select[tuple[int]] = (
    select(_columns.position)
    .where(_columns.not_before <= bindparam("now", type_=Timestamp()))
    .order_by(*_ORDER)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)


class SqlDelayedOutbox:
    """The `DelayedOutbox` of a database; the bodies never leave it."""

    def __init__(self, database: Database, leased_outbox: LeasedOutbox) -> None:
        self._database = database
        self._leased_outbox = leased_outbox
        are_they = database.dialect.is_one_of(_columns.position, "positions")
        # Without a lease: if this process dies now, they are due to any relay at once.
        due = select(
            _columns.id,
            _columns.routing_key,
            _columns.body,
            literal(0),
            literal(AT_ONCE, Timestamp()),
        )
        self._move = insert(outbox).from_select(
            ("id", "routing_key", "body", "attempts", "due_at"),
            due.where(are_they).order_by(*_ORDER),
        )
        self._forget = delete(delayed_events).where(are_they)

    async def next(self) -> datetime | None:
        """Return the earliest time that an event waits for, if any does."""
        async with self._database.snapshot() as connection:
            return (await connection.execute(_NEXT)).scalar()

    async def count(self, *, at_most: int) -> int:
        """Return how many wait."""
        some = select(_columns.not_before).order_by(*_ORDER).limit(at_most).subquery()
        async with self._database.snapshot() as connection:
            return (await connection.scalar(select(func.count()).select_from(some))) or 0

    async def release(self, now: datetime, *, limit: int) -> int:
        """Move at most `limit` events whose time is `now` or earlier to the outbox."""
        async with self._database.transaction() as connection:
            found = (await connection.scalars(_DUE, {"now": now, "limit": limit})).all()
            if found:
                positions = {"positions": list(found)}
                await connection.execute(self._move, positions)
                await connection.execute(self._forget, positions)
        if found:
            self._leased_outbox.bypass()
        return len(found)
