"""Reads the journal, no more of it than fits into memory.

Small data comes with its row. Larger data is measured first, and read by a second query as far as
it fits. Most reads therefore take one round trip.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Raw
from sqlalchemy import ColumnElement, case, func, select

from chassis.application.event import Event
from chassis.application.ports.journal import Entry
from chassis.infrastructure.database.journal.table import journal
from chassis.infrastructure.database.transaction import SqlTransaction

# An event's id and its time.
type Key = tuple[UUID, datetime]
# Returns the data of the first of these events by their ids, up to so many bytes, but of at least
# one event. A removed event has none.
type Older = Callable[[SqlTransaction, Sequence[Key], int], Awaitable[Mapping[UUID, bytes | None]]]

# How many of the newest entries are measured at first; then twice as many, and so on.
WEIGHED = 64

_columns = journal.c
_SIZE = func.octet_length(_columns.data)
_EVENT = (
    _columns.position,
    _columns.id,
    _columns.type,
    _columns.subject,
    _columns.tag,
    _columns.time,
    _columns.traceparent,
)


async def read_after(
    transaction: SqlTransaction,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    weight: int,
    older: Mapping[str, Older],
) -> list[Entry]:
    """Return the first entries, `limit` at most, up to the one that reaches `weight`."""
    found: list[Entry] = []
    begin: Sequence[ColumnElement[bool]] = ()
    while True:
        room = limit - len(found)
        rows = await _rows(transaction, [*conditions, *begin], room, weight)
        entries = await _entries(transaction, rows, weight, older)
        found += entries
        weight -= sum(memoryview(entry.event.data).nbytes for entry in entries)
        # Fewer than `limit` mean that there are no more: a row without its data does not count.
        if len(rows) < room or len(found) == limit or weight <= 0:
            return found
        begin = (_columns.position > rows[-1][0],)


async def _rows(
    transaction: SqlTransaction,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    weight: int,
) -> Sequence[Sequence[Any]]:
    """Return the next rows, up to the one with which their sizes reach `weight`.

    They end with the data, if it is small, and its size; older rows have neither.
    """
    small = case((weight // limit >= _SIZE, _columns.data)).label("data")
    query = (
        select(*_EVENT, small, _SIZE.label("size"))
        .where(*conditions)
        .order_by(_columns.position)
        .limit(limit)
    )
    fitting = []
    for row in (await transaction.execute(query)).all():
        if weight <= 0:
            break
        weight -= row[-1] or 0
        fitting.append(row)
    return fitting


async def _entries(
    transaction: SqlTransaction,
    rows: Sequence[Sequence[Any]],
    weight: int,
    older: Mapping[str, Older],
) -> list[Entry]:
    """Return the entries of the rows, up to the one that reaches `weight`."""
    known = await _large(transaction, [row[0] for row in rows if row[-2] is None and row[-1]])
    told: dict[UUID, bytes | None] = {}
    found: list[Entry] = []
    for index, row in enumerate(rows):
        if row[-1] is None and row[1] not in told:
            told |= await _older(transaction, rows[index:], row[2], weight, older)
        data = row[-2] or known.get(row[0]) or told.get(row[1])
        if data is not None:
            found.append(_entry(row, data))
            weight -= len(data)
        if weight <= 0:
            return found
    return found


async def read_tail(transaction: SqlTransaction, head: int, limit: int, weight: int) -> int:
    """Return the position after which the newest entries up to `head` come; 0 before all."""
    begin, count, wanted = head + 1, 0, WEIGHED
    while count < limit:
        query = (
            select(_columns.position, func.coalesce(_SIZE, 0))
            .where(_columns.position < begin)
            .order_by(_columns.position.desc())
            .limit(wanted)
        )
        rows = (await transaction.execute(query)).all()
        for position, size in rows:
            weight -= size
            if count == limit or (count and weight < 0):
                return int(position)
            count += 1
        if len(rows) < wanted:
            return 0
        begin, wanted = rows[-1][0], 2 * wanted
    return begin - 1


async def _large(transaction: SqlTransaction, positions: Sequence[int]) -> dict[int, bytes]:
    if not positions:
        return {}
    query = select(_columns.position, _columns.data).where(_columns.position.in_(positions))
    return {row[0]: row[1] for row in await transaction.execute(query)}


async def _older(
    transaction: SqlTransaction,
    rows: Sequence[Sequence[Any]],
    name: str,
    weight: int,
    older: Mapping[str, Older],
) -> Mapping[UUID, bytes | None]:
    """Return the data of the first events of a type that an earlier release stored without data."""
    keys = [(row[1], row[5]) for row in rows if row[-1] is None and row[2] == name]
    if name not in older:
        return dict.fromkeys(identity for identity, _ in keys)
    return await older[name](transaction, keys, weight)


def _entry(row: Sequence[Any], data: bytes) -> Entry:
    position, identity, name, subject, tag, time, traceparent = row[:7]
    event = Event(
        id=identity,
        type=name,
        subject=subject,
        time=time,
        data=Raw(data),
        traceparent=traceparent,
    )
    return Entry(position, event, tag or None)
