"""The operation that each idempotency key belongs to."""

import sqlalchemy as sa
from alembic import op

from app.infrastructure.database import types

revision = "service_0006_operation"
down_revision = "service_0005_version"
branch_labels = None
depends_on = None

TABLE = "idempotency_keys"
PRIMARY_KEY = "pk_idempotency_keys"

# The one operation with keys before this revision. As the column's default it is right for the
# rows that are there, and for those of replicas that still run the release before.
FIRST = "notifications.register"


def upgrade() -> None:
    """Add the column, to the end of the primary key."""
    with op.batch_alter_table(TABLE, copy_from=_table()) as batch:
        batch.add_column(_operation())
        batch.drop_constraint(PRIMARY_KEY, type_="primary")
        batch.create_primary_key(PRIMARY_KEY, ["caller", "key", "operation"])


def downgrade() -> None:
    """Drop the column, and the keys of every other operation."""
    op.execute(f"DELETE FROM {TABLE} WHERE operation <> '{FIRST}'")
    with op.batch_alter_table(TABLE, copy_from=_table(_operation())) as batch:
        batch.drop_constraint(PRIMARY_KEY, type_="primary")
        batch.create_primary_key(PRIMARY_KEY, ["caller", "key"])
        batch.drop_column("operation")


def _operation() -> sa.Column[str]:
    return sa.Column("operation", types.Text, server_default=FIRST, nullable=False)


def _table(*more: sa.Column[str]) -> sa.Table:
    """Return the table as it is, which SQLite's batch needs where it cannot be read: for --sql."""
    columns = ("caller", "key", *(column.name for column in more))
    return sa.Table(
        TABLE,
        sa.MetaData(),
        sa.Column("caller", types.Text, nullable=False),
        sa.Column("key", types.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("created_at", types.Timestamp(), nullable=False),
        *more,
        sa.PrimaryKeyConstraint(*columns, name=PRIMARY_KEY),
        sa.Index("ix_idempotency_keys_created_at", "created_at"),
    )
