"""The number of changes to each notification."""

import sqlalchemy as sa
from alembic import op

revision = "service_0005_version"
down_revision = "service_0004_timeline"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the rows that are there count as never changed."""
    op.add_column(
        "notifications", sa.Column("version", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("notifications", "version")
