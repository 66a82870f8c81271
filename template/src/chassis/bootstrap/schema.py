"""The check of the database's schema against the code, before anything is served."""

import logging
from functools import cached_property

from chassis.application.errors import ApplicationError, Unavailable
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.folder import migrations_folder
from chassis.infrastructure.database.migration.graph import Graph, read_graph
from chassis.infrastructure.database.migration.revisions import Revisions, read_revisions

log = logging.getLogger(__name__)


class SchemaBehind(ApplicationError):
    """The database lacks migrations; the text names the command that applies them."""


async def ready_schema(database: Database) -> None:
    """Migrate an SQLite database; for any other, raise `SchemaBehind` if it is behind.

    A newer database (old code during a rollout, next to new code) is served, with a warning:
    migrations expand first, and contract a release later.
    """
    revisions = await read_revisions(database)
    is_new = database.is_missing()
    if revisions.state == "ahead":
        log.warning("%s", ahead(revisions), extra={"found": sorted(revisions.found)})
    elif revisions.state != "current":
        if not _migrates_itself(database):
            raise SchemaBehind(behind(revisions))
        # Alembic is imported only here: a start without pending migrations does not need it.
        from chassis.infrastructure.database.migration.migrate import migrate

        await migrate(database.url)
        if is_new:
            # A warning, because a wrong folder or path gives a new database instead of the existing
            # one.
            log.warning("created a new database: %s", database.where)
        log.info("database migrated", extra={"migrations": sorted(revisions.pending)})


class SchemaHealth:
    """The health of the schema: an older backup, restored under a service, lacks migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> None:
        """Return if the database lacks no migration; raises `Unavailable` if it does."""
        if problem := await schema_problem(self._database, self._graph):
            raise Unavailable(problem)

    @cached_property
    def _graph(self) -> Graph:
        # Read once: the code of a running process does not change.
        return read_graph(migrations_folder())


async def schema_problem(database: Database, graph: Graph | None = None) -> str:
    """Return what is wrong with the schema, or nothing; `graph` is what the code knows."""
    revisions = await read_revisions(database, graph)
    if revisions.state in ("current", "ahead") or _migrates_itself(database):
        return ""
    return behind(revisions)


def behind(revisions: Revisions) -> str:
    """Return the sentence that says what the database lacks, and what to do."""
    return f"the database lacks {len(revisions.pending)} migrations: run migrate"


def ahead(revisions: Revisions) -> str:
    """Return the sentence that says what a newer database means, and what to do."""
    unknown = ", ".join(sorted(revisions.unknown))
    return (
        f"the database is ahead of this code: a newer release has added {unknown}. This code can "
        "serve it, and cannot migrate it: install the newer release to do that"
    )


def _migrates_itself(database: Database) -> bool:
    # SQLite's file belongs to this service; a server may have other replicas on it, of another
    # version.
    return database.url.startswith("sqlite")
