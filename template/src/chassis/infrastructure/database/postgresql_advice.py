"""Advice about the settings of a PostgreSQL server, as far as the service's user can see."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.infrastructure.database.postgresql_errors import NOT_LOADED

_CARELESS = text(
    "SELECT name FROM pg_settings WHERE setting = 'off' "
    "AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name"
)
# Only a superuser can see the setting.
_UNLOADED = text(
    "SELECT EXISTS (SELECT FROM pg_available_extensions, pg_settings WHERE "
    "pg_available_extensions.name = 'timescaledb' AND installed_version IS NULL "
    "AND pg_settings.name = 'shared_preload_libraries' AND setting !~ 'timescaledb')"
)
# A user that only uses tables of another one needs no such privilege.
_FORBIDDEN = text(
    "SELECT to_regclass('alembic_version') IS NULL "
    "AND has_schema_privilege(current_schema(), 'CREATE') IS NOT TRUE"
)


async def find_advice(connection: AsyncConnection, where: str) -> str | None:
    """Return what to change on the database `where`, if anything."""
    found = []
    if careless := (await connection.scalars(_CARELESS)).all():
        found.append(f"has {' and '.join(careless)} off: after a crash it may lack accepted data")
    if await connection.scalar(_UNLOADED):
        found.append(NOT_LOADED)
    if await connection.scalar(_FORBIDDEN):
        found.append(
            "lets this user create no tables: grant it CREATE on the schema before you migrate"
        )
    return f"the database {where} {'; it '.join(found)}" if found else None
