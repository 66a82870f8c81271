"""Names and order of new migrations; for the `alembic` command, not for the running service."""

import re
from collections.abc import Iterable
from pathlib import Path

from alembic.operations.ops import CreateTableOp, MigrationScript
from alembic.runtime.migration import MigrationContext

# Alembic records revisions in a column of this width.
MAX_LENGTH = 32


def name_revisions(context: MigrationContext, _: object, new: Iterable[MigrationScript]) -> None:
    """Give new migrations ids that can be read, such as `own_0002_widgets`.

    They go to the branch `own` unless `--head` names another. An id given by `--rev-id` stays.
    One of `own` that changes a table depends on the newest of `service`, which may have made it.
    """
    for script in new:
        if script.head in (None, "head"):
            script.head = "own@head"
        if re.fullmatch("[0-9a-f]{12}", script.rev_id or ""):
            branch = str(script.head).partition("@")[0]
            script.rev_id = _name(branch, script.message or "change", context)
        if str(script.head).startswith("own@") and not script.depends_on and _changes(script):
            script.depends_on = "service@head"


def _changes(script: MigrationScript) -> bool:
    """Return whether the migration changes a table that another one has created."""
    ops = [op for container in script.upgrade_ops_list for op in container.ops]
    made = {op.table_name for op in ops if isinstance(op, CreateTableOp)}
    return any(getattr(op, "table_name", None) not in made for op in ops)


def _name(branch: str, message: str, context: MigrationContext) -> str:
    config = context.config
    if config is None:
        raise RuntimeError(
            "naming a revision needs the configuration that alembic was started with"
        )
    folder = Path(config.get_alembic_option("script_location") or "") / "versions" / branch
    number = 1 + sum(1 for _ in folder.glob("*.py"))
    words = re.sub(r"[^a-z0-9]+", "_", message.lower())
    return f"{branch}_{number:04d}_{words}"[:MAX_LENGTH].rstrip("_")
