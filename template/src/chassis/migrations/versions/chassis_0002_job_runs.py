"""The runs of jobs."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "chassis_0002_job_runs"
down_revision = "chassis_0001_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "job_runs",
        sa.Column("id", types.Position, nullable=False),
        sa.Column("job", types.Text, nullable=False),
        sa.Column("due_at", types.Timestamp(), nullable=False),
        sa.Column("outcome", types.Text, nullable=False),
        sa.Column("began_at", types.Timestamp(), nullable=True),
        sa.Column("ended_at", types.Timestamp(), nullable=True),
        sa.Column("error", types.Text, nullable=False),
        sa.Column("runner", types.Text, nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("job", "due_at", name=op.f("uq_job_runs_job_due_at")),
    )
    op.create_index(op.f("ix_job_runs_outcome"), "job_runs", ["outcome"])


def downgrade() -> None:
    """Drop it, with all it holds."""
    op.drop_table("job_runs")
