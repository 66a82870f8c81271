"""The fencing tokens of locks, and of the leader."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "chassis_0003_fencing_tokens"
down_revision = "chassis_0002_job_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "fencing_tokens",
        sa.Column("name", types.Text, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fencing_tokens")),
    )
    op.create_index(op.f("ix_fencing_tokens_token"), "fencing_tokens", ["token"])


def downgrade() -> None:
    """Drop it: tokens begin at 1 again."""
    op.drop_table("fencing_tokens")
