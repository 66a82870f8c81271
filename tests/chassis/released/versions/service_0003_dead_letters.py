"""How often each dead letter was tried, and when first and last."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "service_0003_dead_letters"
down_revision = "service_0002_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column(
        "dead_letters", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("dead_letters", sa.Column("first_failed_at", types.Timestamp(), nullable=True))
    op.add_column("dead_letters", sa.Column("last_failed_at", types.Timestamp(), nullable=True))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("last_failed_at", "first_failed_at", "attempts"):
        op.drop_column("dead_letters", name)
