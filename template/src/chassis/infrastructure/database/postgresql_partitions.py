"""TimescaleDB's hypertables: tables whose rows lie in chunks, one for each day."""

from datetime import datetime

from sqlalchemy import Table, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.infrastructure.database.types import Timestamp

# One in a transaction: its lock also blocks readers, and must not be held during a wait.
CHUNKS = 1

_HAS_EXTENSION = text("SELECT to_regclass('timescaledb_information.hypertables') IS NOT NULL")
_THE_TABLE = (
    "(hypertable_schema, hypertable_name) = (SELECT nspname, relname FROM pg_class "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = to_regclass(:name))"
)
_IS_HYPERTABLE = text(
    f"SELECT EXISTS (SELECT FROM timescaledb_information.hypertables WHERE {_THE_TABLE})"
)
_OLD_CHUNKS = text(
    f"SELECT range_end FROM timescaledb_information.chunks WHERE {_THE_TABLE} "
    "AND range_end <= :before ORDER BY range_end LIMIT :limit"
).bindparams(bindparam("before", type_=Timestamp))
# Compression, retention policies and the like need another licence; this does not.
_DROP = text("SELECT drop_chunks(CAST(:name AS regclass), older_than => :before)").bindparams(
    bindparam("before", type_=Timestamp)
)


async def drop_chunks(connection: AsyncConnection, table: Table, before: datetime) -> bool | None:
    """Drop the oldest chunks that end at `before` or earlier; return whether there may be more.

    Returns `None` if `table` is a plain table.
    """
    name = {"name": table.name}
    if not await connection.scalar(_HAS_EXTENSION):
        return None
    if not await connection.scalar(_IS_HYPERTABLE, name):
        return None
    found = await connection.scalars(_OLD_CHUNKS, name | {"before": before, "limit": CHUNKS})
    ends = found.all()
    if ends:
        await connection.execute(_DROP, name | {"before": ends[-1]})
    return len(ends) == CHUNKS
