"""The history of the server that the journal's epoch belongs to."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types
from chassis.infrastructure.database.migration.existing import lacks

revision = "service_0004_timeline"
down_revision = "service_0003_dead_letters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the service records there what it finds."""
    if not lacks("journal_epoch", "timeline"):
        return
    op.add_column("journal_epoch", sa.Column("timeline", types.Text, nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("journal_epoch", "timeline")
