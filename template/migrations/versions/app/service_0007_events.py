"""The journal stores events: their type and their data.

Rows of the release before have no data: their event is made from the notification. That release
runs together with this one, so none of its columns is renamed or dropped.
"""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types
from chassis.infrastructure.database.migration.existing import lacks

revision = "service_0007_events"
down_revision = "service_0006_operation"
branch_labels = None
depends_on = None

# The one type of event before this revision.
FIRST = "notification.registered.v1"


def upgrade() -> None:
    """Add the columns; what is there are registered notifications."""
    if lacks("journal", "type"):
        op.add_column(
            "journal", sa.Column("type", types.Text, server_default=FIRST, nullable=False)
        )
        op.add_column("journal", sa.Column("data", sa.LargeBinary(), nullable=True))
        return
    # Let the release before use the table, in a rollout or after a rollback. It does not know the
    # column. The table is new and empty, so SQLite may write it again.
    with op.batch_alter_table(
        "journal", copy_from=_baseline(), table_kwargs={"sqlite_autoincrement": True}
    ) as batch:
        batch.alter_column("type", server_default=FIRST)


def downgrade() -> None:
    """Remove the events that the release before does not know, and drop the columns."""
    op.execute(f"DELETE FROM journal WHERE type <> '{FIRST}'")
    op.drop_column("journal", "data")
    op.drop_column("journal", "type")


def _baseline() -> sa.Table:
    """Return the table as the branch `chassis` makes it; with --sql, SQLite cannot read it."""
    return sa.Table(
        "journal",
        sa.MetaData(),
        sa.Column("position", types.Position, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", types.Timestamp(), nullable=False),
        sa.Column("receiver", types.Text, nullable=False),
        sa.Column("action_type", types.Text, nullable=False),
        sa.Column("traceparent", types.Text, nullable=True),
        sa.Column("type", types.Text, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_journal"),
        sa.UniqueConstraint("id", name="uq_journal_id"),
        sa.Index("ix_journal_receiver_position", "receiver", "position"),
        sqlite_autoincrement=True,
    )
