"""The operation that each idempotency key belongs to."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "service_0006_operation"
down_revision = "service_0005_version"
branch_labels = None
depends_on = None

TABLE = "idempotency_keys"
PRIMARY_KEY = "pk_idempotency_keys"
NEW_INDEX = "ix_idempotency_keys_new"
KEY = ("caller", "key", "operation")

# The one operation with keys before this revision. As the column's default it is right for the
# rows that are there, and for those of replicas that still run the release before.
FIRST = "notifications.register"


def upgrade() -> None:
    """Add the column, to the end of the primary key."""
    if _is_in_key():
        _set_default()
        return
    if _is_filled():
        _upgrade_beside_others()
        return
    with op.batch_alter_table(TABLE, copy_from=_table()) as batch:
        batch.add_column(_operation())
        batch.drop_constraint(PRIMARY_KEY, type_="primary")
        batch.create_primary_key(PRIMARY_KEY, list(KEY))


def downgrade() -> None:
    """Drop the column, and the keys of every other operation."""
    op.execute(f"DELETE FROM {TABLE} WHERE operation <> '{FIRST}'")
    with op.batch_alter_table(TABLE, copy_from=_table(_operation())) as batch:
        batch.drop_constraint(PRIMARY_KEY, type_="primary")
        batch.create_primary_key(PRIMARY_KEY, ["caller", "key"])
        batch.drop_column("operation")


def _is_in_key() -> bool:
    """Return whether the table has this form: the baseline makes it so.

    A run that was broken off may have added the column, without the key.
    """
    if op.get_context().as_sql:
        return True
    key = sa.inspect(op.get_bind()).get_pk_constraint(TABLE)
    return "operation" in key["constrained_columns"]


def _set_default() -> None:
    """Let the release before use the table, in a rollout or after a rollback.

    It does not know the column. The table is new and empty, so SQLite may write it again.
    """
    baseline = _table(sa.Column("operation", types.Text, nullable=False))
    with op.batch_alter_table(TABLE, copy_from=baseline) as batch:
        batch.alter_column("operation", server_default=FIRST)


def _is_filled() -> bool:
    """Return whether replicas have put keys into the table, of a server's database."""
    context = op.get_context()
    if context.as_sql or context.dialect.name != "postgresql":
        return False
    return bool(op.get_bind().scalar(sa.text(f"SELECT EXISTS (SELECT FROM {TABLE})")))


def _upgrade_beside_others() -> None:
    """Make the index before the lock: keys are taken meanwhile.

    That is more than one transaction. The steps before the last one may have been taken by a run
    that was broken off.
    """
    op.add_column(TABLE, _operation(), if_not_exists=True)
    with op.get_context().autocommit_block():
        op.drop_index(NEW_INDEX, TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(NEW_INDEX, TABLE, list(KEY), unique=True, postgresql_concurrently=True)
    op.drop_constraint(PRIMARY_KEY, TABLE, type_="primary")
    op.execute(
        f"ALTER TABLE {TABLE} ADD CONSTRAINT {PRIMARY_KEY} PRIMARY KEY USING INDEX {NEW_INDEX}"
    )


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
