"""The database that a migration finds."""

import sqlalchemy as sa
from alembic import op


def lacks(table: str, column: str) -> bool:
    """Return whether `table` has no such column.

    For a migration whose change a newer baseline includes. False for `--sql`: that is for an empty
    database, which gets the baseline.
    """
    if op.get_context().as_sql:
        return False
    columns = sa.inspect(op.get_bind()).get_columns(table)
    return all(each["name"] != column for each in columns)
