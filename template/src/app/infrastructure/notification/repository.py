"""The store of notifications in the database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, tuple_

from app.application.notification.ports import WEIGHT, Criteria, Stored
from app.domain.notification.notification import Notification
from app.infrastructure.notification.criteria import conditions
from app.infrastructure.notification.table import notifications
from chassis.domain.errors import Invalid
from chassis.domain.ids import time_of
from chassis.infrastructure.database.bounded_rows import BoundedRows
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.mapping import Mapping
from chassis.infrastructure.database.time_steps import steps_back
from chassis.infrastructure.database.transaction import SqlTransaction

mapping = Mapping(notifications, Notification, other_columns=("version",))
bounded = BoundedRows(notifications, mapping, data="action_data", time="registered_at")

_ADD = BulkInsert(notifications, mapping.names, only_new=True)
_ADD_NEW = BulkInsert(notifications, mapping.names, returning=("id",), only_new=True)

_columns = notifications.c
_stored = (_columns.version, *mapping.columns)


class SqlNotifications:
    """The `Notifications` that one transaction sees."""

    def __init__(self, transaction: SqlTransaction) -> None:
        self._transaction = transaction

    async def add(self, new: Sequence[Notification]) -> None:
        """Store the notifications; an existing one stays as it is."""
        if new:
            rows = [mapping.to_row(notification) for notification in new]
            await self._transaction.insert(_ADD, rows)

    async def add_new(self, new: Sequence[Notification]) -> set[UUID]:
        """Do the same; the new ones are known by the end of the transaction."""
        added: set[UUID] = set()
        if new:
            rows = [mapping.to_row(notification) for notification in new]
            await self._transaction.insert(
                _ADD_NEW, rows, then=lambda found: added.update(row[0] for row in found)
            )
        return added

    async def get(self, identity: UUID) -> Stored | None:
        """Return the notification with that id, if there is one."""
        try:
            query = select(*_stored).where(_has_id(identity))
        except Invalid:
            return None
        return _to_stored((await self._transaction.execute(query)).one_or_none())

    async def set_seen(self, identity: UUID, is_seen: bool) -> Stored | None:
        """Set the seen state and return the notification, if there is one."""
        try:
            row = _has_id(identity)
        except Invalid:
            return None
        values = {"is_seen": is_seen, "version": _columns.version + 1}
        change = self._transaction.dialect.update_row(notifications, row, values)
        change = change.returning(*_stored)
        return _to_stored((await self._transaction.execute(change)).one_or_none())

    async def select(
        self,
        criteria: Criteria,
        *,
        limit: int,
        offset: int = 0,
        before: UUID | None = None,
        weight: int = WEIGHT,
    ) -> list[Notification]:
        """Return at most `limit`, newest first, after the first `offset` or after `before`.

        There are no more after the one with which their data reaches `weight` bytes.
        """
        if offset or not self._transaction.dialect.may_partition:
            return await self._select(criteria, limit, offset, before, weight)
        newest = time_of(before) if before else datetime.now(UTC)
        found: list[Notification] = []
        begin = min(newest, criteria.until or newest)
        for part in steps_back(criteria, begin, limit=limit, found=found):
            more = await self._select(part, limit - len(found), 0, before, weight)
            found += more
            weight -= sum([len(each.action_data) for each in more])
            if len(found) == limit or weight <= 0:
                break
            # Later rows of its own millisecond are in the first part.
            before = None
        return found

    async def _select(
        self, criteria: Criteria, limit: int, offset: int, before: UUID | None, weight: int
    ) -> list[Notification]:
        query = (
            select(*bounded.columns(limit, weight))
            .where(*conditions(criteria, before))
            .order_by(_columns.registered_at.desc(), _columns.id.desc())
            .limit(limit)
            .offset(offset)
        )
        rows = (await self._transaction.execute(query)).all()
        return await bounded.entities(self._transaction, rows, weight)

    async def count(self, criteria: Criteria, *, at_most: int) -> int:
        """Return how many there are, counting no further than `at_most`."""
        found = select(_columns.id).where(*conditions(criteria)).limit(at_most).subquery()
        query = select(func.count()).select_from(found)
        return (await self._transaction.execute(query)).scalar_one()

    async def counts(
        self,
        criteria: Criteria,
        *,
        by: Literal["action_type", "receiver"],
        bucket_seconds: int,
        limit: int,
    ) -> list[tuple[datetime, str, int]]:
        """Count by time bucket and key, oldest first, at most `limit` rows."""
        dialect = self._transaction.dialect
        bucket = dialect.bucket(_columns.registered_at, bucket_seconds).label("bucket")
        key = _columns[by]
        query = (
            select(bucket, key, func.count())
            .where(*conditions(criteria))
            .group_by("bucket", key)
            .order_by("bucket", key)
            .limit(limit)
        )
        return [(start, name, n) for start, name, n in await self._transaction.execute(query)]

    async def prune(self, before: datetime, *, limit: int) -> bool:
        """Remove notifications from before that time; return whether there may be more."""
        connection = await self._transaction.connection()
        dialect = self._transaction.dialect
        dropped = await dialect.drop_partitions(connection, notifications, before)
        if dropped is not None:
            return dropped
        key = (_columns.registered_at, _columns.id)
        oldest = select(*key).where(key[0] < before).order_by(*key).limit(limit)
        change = delete(notifications).where(tuple_(*key).in_(oldest))
        return (await self._transaction.execute(change)).rowcount == limit


def _to_stored(row: Row[*tuple[Any, ...]] | None) -> Stored | None:
    return Stored(mapping.to_entity(row[1:]), row[0]) if row else None


def _has_id(identity: UUID) -> ColumnElement[bool]:
    # The time in the id names the partition to look in.
    return and_(_columns.id == identity, _columns.registered_at == time_of(identity))
