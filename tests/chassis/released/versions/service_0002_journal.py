"""How far the journal was pruned, and the trace of each of its entries."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "service_0002_journal"
down_revision = "service_0001_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what lies before the oldest entry counts as pruned."""
    op.add_column(
        "journal_epoch",
        sa.Column("pruned", types.Position, server_default="0", nullable=False),
    )
    op.execute(
        "UPDATE journal_epoch SET pruned = coalesce((SELECT min(position) - 1 FROM journal), 0)"
    )
    op.add_column("journal", sa.Column("traceparent", types.Text, nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("journal", "traceparent")
    op.drop_column("journal_epoch", "pruned")
