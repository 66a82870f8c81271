"""Migrate: bring the database's schema to a revision."""

import asyncio

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.schema import ahead, behind
from chassis.cli.failure import CommandFailed, UsageError
from chassis.cli.output import console, plain
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import HEADS, migrate, migration_sql
from chassis.infrastructure.database.migration.revisions import Revisions, read_revisions


def command(*, check: bool = False, to: str = HEADS, sql: bool = False) -> None:
    """Migrate the database, by default forwards to the newest revisions.

    Parameters
    ----------
    check
        Change nothing; fail if the database is behind.
    to
        A revision to go to, forwards or back.
    sql
        Print the SQL that creates the schema, and change nothing.
    """
    if check and sql:
        raise UsageError("migrate takes --check or --sql, not both")
    database = Database(Configuration.read().settings.database_url)
    if sql:
        console.print(asyncio.run(migration_sql(database.url, to)), highlight=False, markup=False)
        return
    revisions = asyncio.run(_check(database) if check else _migrate(database, to))
    if check and revisions.pending:
        raise CommandFailed(behind(revisions))
    found = ", ".join(sorted(revisions.found)) or "-"
    told = ahead(revisions) if revisions.unknown else f"the database is {revisions.state}: {found}"
    console.print(plain(told), soft_wrap=True)


async def _check(database: Database) -> Revisions:
    try:
        if database.is_missing():
            raise CommandFailed(f"there is no database at {database.where}: run migrate")
        return await read_revisions(database)
    finally:
        await database.close()


async def _migrate(database: Database, to: str) -> Revisions:
    is_new = database.is_missing()
    if not is_new and (found := await _check(database)).unknown:
        raise CommandFailed(ahead(found))
    await migrate(database.url, to)
    if is_new:
        console.print(plain(f"created a new database: {database.where}"), soft_wrap=True)
    return await _check(database)
