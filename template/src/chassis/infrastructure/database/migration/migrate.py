"""Moves a database between revisions; the only module that imports Alembic, so import it late."""

import os
import re
from asyncio import to_thread
from collections.abc import Callable
from functools import partial
from io import StringIO

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from chassis.application.errors import ApplicationError
from chassis.infrastructure.database.dialect import Dialect
from chassis.infrastructure.database.dialects import dialect_for
from chassis.infrastructure.database.errors import translated
from chassis.infrastructure.database.migration.folder import migrations_folder, version_folders
from chassis.infrastructure.database.migration.graph import read_graph
from chassis.infrastructure.database.migration.revisions import recorded

HEADS = "heads"

# Alembic's error texts for it.
_UNKNOWN = re.compile(r"Can't locate revision|No such revision")

_BACKWARDS = re.compile(r"(.*@)?(base|-\d+)")


async def migrate(url: str, to: str = HEADS) -> None:
    """Move the database at `url` to the revision `to`, up or down; up to the newest by default.

    `to` is a revision id or anything that Alembic takes: `app@head`, `chassis@-1`, `base`.
    Concurrent processes wait for each other. Raises `Unavailable`, or `ApplicationError` if there
    is no such revision; then nothing has changed.
    """
    await to_thread(_migrate, url, to)


async def migration_sql(url: str, to: str = HEADS) -> str:
    """Return the SQL that takes an empty database to `to`; connects to nothing."""
    return await to_thread(_sql, url, to)


def _migrate(url: str, to: str) -> None:
    dialect = dialect_for(url)
    move = command.downgrade if _goes_back(dialect, to) else command.upgrade
    with translated(dialect.describe_error):
        _run(move, _config(url), to)


def _goes_back(dialect: Dialect, to: str) -> bool:
    if _BACKWARDS.fullmatch(to):
        return True
    graph = read_graph(migrations_folder())
    if to not in graph.ids:
        return False
    found: list[str] = []
    with translated(dialect.describe_error):
        dialect.migrate(lambda connection: found.extend(recorded(connection)))
    return to in graph.up_to(found) - set(found)


def _sql(url: str, to: str) -> str:
    output = StringIO()
    config = _config(url)
    config.output_buffer = output
    _run(partial(command.upgrade, sql=True), config, to)
    return output.getvalue()


def _run(move: Callable[[Config, str], object], config: Config, to: str) -> None:
    try:
        move(config, to)
    except CommandError as error:
        reason = str(error)
        if _UNKNOWN.search(reason):
            reason = "this code has no such revision; the files in migrations/versions name them"
        raise ApplicationError(f"cannot migrate to {to}: {reason}") from error


def _config(url: str) -> Config:
    """Return the content of `alembic.ini`, for a service that is installed without that file."""
    config = Config()
    migrations = migrations_folder()
    folders = os.pathsep.join(map(str, version_folders(migrations)))
    for option, value in {
        "script_location": str(migrations),
        "version_locations": folders,
        "path_separator": "os",
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))
    # Not as an option: a password with a percent sign would be read as a placeholder there.
    config.attributes["url"] = url
    return config
