"""From criteria to conditions."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement

from app.application.ports.notifications import Criteria
from app.infrastructure.database.notification.table import notifications


def conditions(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each criterion that is set."""
    columns = notifications.c
    for name in ("receiver", "action_type", "is_seen"):
        wanted = getattr(criteria, name)
        if wanted is not None:
            yield columns[name] == wanted
    if criteria.since is not None:
        yield columns.registered_at >= criteria.since
    if criteria.until is not None:
        yield columns.registered_at < criteria.until
