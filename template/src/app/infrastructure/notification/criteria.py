"""The conditions of criteria."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_

from app.application.notification.ports import Criteria
from app.infrastructure.notification.table import notifications
from chassis.domain.ids import time_of


def conditions(criteria: Criteria, before: UUID | None = None) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each criterion that is set, and for the position after `before`."""
    columns = notifications.c
    for name in ("receiver", "action_type", "is_seen"):
        wanted = getattr(criteria, name)
        if wanted is not None:
            yield columns[name] == wanted
    until = criteria.until
    if before is not None:
        time = time_of(before)
        yield tuple_(columns.registered_at, columns.id) < (time, before)
        # And by the time alone: a comparison of pairs excludes no partition, and an index needs one
        # upper bound.
        until = min(until or _after(time), _after(time))
    if criteria.since is not None:
        yield columns.registered_at >= criteria.since
    if until is not None:
        yield columns.registered_at < until


def _after(time: datetime) -> datetime:
    return time + timedelta(microseconds=1)
