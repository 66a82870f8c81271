"""Databases as releases before the branches `chassis` and `app` made them.

`versions` has the migrations of those releases, unchanged.
"""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config

from chassis.infrastructure.database.migration.folder import migrations_folder

VERSIONS = Path(__file__).parent / "versions"
REVISIONS = tuple(sorted(file.stem for file in VERSIONS.glob("service_*.py")))
NEWEST = REVISIONS[-1]
OWN = "own_0001_root"


async def make_released(url: str, revision: str = NEWEST) -> None:
    """Make the tables of that revision in the empty database at `url`, with the branch `own`."""
    config = Config()
    for option, value in {
        "script_location": str(migrations_folder()),
        "version_locations": str(VERSIONS),
        "path_separator": "newline",
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))
    config.attributes["url"] = url
    for to in (revision, OWN):
        await asyncio.to_thread(command.upgrade, config, to)
