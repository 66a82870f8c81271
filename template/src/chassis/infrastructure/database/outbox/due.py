"""The query for the due events: oldest first, and no more than fit into memory."""

from sqlalchemy import Integer, Select, bindparam, func, or_, select

from chassis.infrastructure.database.outbox.table import outbox
from chassis.infrastructure.database.types import Timestamp


def _due() -> Select[tuple[int, int, object, str, bytes]]:
    columns = outbox.c
    order = (columns.due_at, columns.position)
    time = Timestamp()
    is_due = or_(
        columns.due_at <= bindparam("now", type_=time),
        columns.due_at > bindparam("never", type_=time),
    )
    # First locks up to `limit` rows without their bodies: these are measured, not read.
    locked = (
        select(*order, func.octet_length(columns.body, type_=Integer).label("size"))
        .where(is_due)
        .order_by(*order)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("locked")
    )
    before = func.sum(locked.c.size).over(order_by=(locked.c.due_at, locked.c.position))
    weighed = select(locked.c.position, (before - locked.c.size).label("before")).cte("weighed")
    return (
        select(columns.position, columns.attempts, columns.id, columns.routing_key, columns.body)
        .join(weighed, weighed.c.position == columns.position)
        .where(weighed.c.before < bindparam("weight", type_=Integer))
        .order_by(*order)
    )


DUE = _due()
