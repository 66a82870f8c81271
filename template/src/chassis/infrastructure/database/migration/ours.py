"""The objects that autogenerate compares; for the `alembic` command, not for the service."""

from typing import Any

from sqlalchemy.schema import SchemaItem

# The prefix of an index in the naming convention of `metadata`.
OUR_INDEX = "ix_"
TIMESCALEDB = "_timescaledb_"


def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, _: Any) -> bool:
    """Return whether a migration is needed if the database and the code differ here.

    Objects of other owners are left out: TimescaleDB's own schemas, and its indexes or an
    operator's.
    """
    if str(getattr(item, "schema", "")).startswith(TIMESCALEDB):
        return False
    return not (kind == "index" and reflected and not str(name).startswith(OUR_INDEX))
