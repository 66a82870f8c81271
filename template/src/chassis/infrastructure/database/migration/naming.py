"""Names and order of new migrations; for the `alembic` command, not for the running service."""

import re
from collections.abc import Iterable
from pathlib import Path

from alembic.operations.ops import CreateTableOp, MigrationScript
from alembic.runtime.migration import MigrationContext

from chassis.infrastructure.database.migration.folder import (
    APP,
    BRANCHES,
    CHASSIS,
    branch_folder,
)

# Alembic records revisions in a column of this width.
MAX_LENGTH = 32


def name_revisions(context: MigrationContext, _: object, new: Iterable[MigrationScript]) -> None:
    """Give new migrations ids that can be read, such as `app_0008_widgets`.

    They go to the branch `app` unless `--head` names another. An id given by `--rev-id` stays.
    One that changes a table depends on the newest of every other branch, which may have made it.
    Those of the chassis depend on nothing.
    """
    migrations = _migrations(context)
    for script in new:
        if script.head in (None, "head"):
            script.head = f"{APP}@head"
        branch = str(script.head).partition("@")[0]
        if re.fullmatch("[0-9a-f]{12}", script.rev_id or ""):
            script.rev_id = _name(branch, script.message or "change", migrations)
        if branch in BRANCHES and branch != CHASSIS and not script.depends_on and _changes(script):
            script.depends_on = [f"{other}@head" for other in _others(branch, migrations)]


def _migrations(context: MigrationContext) -> Path:
    if context.config is None:
        raise RuntimeError(
            "naming a revision needs the configuration that alembic was started with"
        )
    return Path(context.config.get_alembic_option("script_location") or "")


def _others(branch: str, migrations: Path) -> list[str]:
    """Return the other branches that have migrations."""
    return [
        other
        for other in BRANCHES
        if other != branch and any(branch_folder(migrations, other).glob("*.py"))
    ]


def _changes(script: MigrationScript) -> bool:
    """Return whether the migration changes a table that another one has created."""
    ops = [op for container in script.upgrade_ops_list for op in container.ops]
    made = {op.table_name for op in ops if isinstance(op, CreateTableOp)}
    return any(getattr(op, "table_name", None) not in made for op in ops)


def _name(branch: str, message: str, migrations: Path) -> str:
    number = 1 + sum(1 for _ in branch_folder(migrations, branch).glob("*.py"))
    words = re.sub(r"[^a-z0-9]+", "_", message.lower())
    return f"{branch}_{number:04d}_{words}"[:MAX_LENGTH].rstrip("_")
