"""A name for the history of a PostgreSQL database, which a restore or a promotion changes.

A server that is promoted, or has recovered from an archive, begins a new timeline. A server made by
a dump or an upgrade has another system identifier. A dump that is restored next to the original
gives a database with another number. Any user can read all of them.

https://www.postgresql.org/docs/17/continuous-archiving.html#BACKUP-TIMELINES
"""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

# The name of a WAL file begins with its timeline, in eight digits. A standby writes none.
_TIMELINE = text(
    "SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), "
    "(SELECT oid FROM pg_database WHERE datname = current_database()), "
    "left(pg_walfile_name(pg_current_wal_lsn()), 8))"
)


async def read_timeline(connection: AsyncConnection) -> str | None:
    """Return the name, or `None` if this server does not show it; some hosted ones do not."""
    # A savepoint: the transaction can continue after an error.
    savepoint = await connection.begin_nested()
    try:
        found: str = (await connection.execute(_TIMELINE)).scalar_one()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        await savepoint.rollback()
        return None
    await savepoint.commit()
    return found
