"""The journal stores events: their type and their data.

Rows of the release before have no data: their event is made from the notification. That release
runs together with this one, so none of its columns is renamed or dropped.
"""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "service_0007_events"
down_revision = "service_0006_operation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there are registered notifications."""
    op.add_column(
        "journal",
        sa.Column("type", types.Text, server_default="notification.registered.v1", nullable=False),
    )
    op.add_column("journal", sa.Column("data", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Remove the events that the release before does not know, and drop the columns."""
    op.execute("DELETE FROM journal WHERE type <> 'notification.registered.v1'")
    op.drop_column("journal", "data")
    op.drop_column("journal", "type")
