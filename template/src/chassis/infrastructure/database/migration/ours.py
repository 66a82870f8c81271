"""What autogenerate looks at; for the `alembic` command, not for the running service."""

from typing import Any

from sqlalchemy.schema import SchemaItem

# What the naming convention of `metadata` begins an index with.
OUR_INDEX = "ix_"
TIMESCALEDB = "_timescaledb_"


def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, _: Any) -> bool:
    """Return whether a migration is to be written where the database and the code differ here.

    Not for what others have put into the database: TimescaleDB's own schemas, and the indexes
    that it, or an operator, has made.
    """
    if str(getattr(item, "schema", "")).startswith(TIMESCALEDB):
        return False
    return not (kind == "index" and reflected and not str(name).startswith(OUR_INDEX))
