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
    elif op.get_context().dialect.name == "postgresql":
        # Replicas of the release before do not know the column. An SQLite file has none of them.
        op.alter_column("journal", "type", server_default=FIRST)


def downgrade() -> None:
    """Remove the events that the release before does not know, and drop the columns."""
    op.execute(f"DELETE FROM journal WHERE type <> '{FIRST}'")
    op.drop_column("journal", "data")
    op.drop_column("journal", "type")
