import pytest
from sqlalchemy import text

from chassis.application.errors import Unavailable
from chassis.bootstrap.schema import SchemaHealth
from chassis.infrastructure.database.database import Database


async def test_schema_is_all_right_until_the_database_lacks_a_migration(database_url: str) -> None:
    database = Database(database_url)
    health = SchemaHealth(database)
    try:
        await health.check()
        # As after the restore of an older backup.
        async with database.transaction() as connection:
            await connection.execute(text("DELETE FROM alembic_version WHERE version_num ~ 'own'"))
        with pytest.raises(Unavailable, match="lacks 1 migrations: run migrate"):
            await health.check()
    finally:
        await database.close()
