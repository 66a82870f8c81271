"""The events that are published later."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "chassis_0004_delayed_events"
down_revision = "chassis_0003_fencing_tokens"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "delayed_events",
        sa.Column("position", types.Position, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("routing_key", types.Text, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", types.Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_delayed_events")),
    )
    op.create_index(
        op.f("ix_delayed_events_not_before_position"),
        "delayed_events",
        ["not_before", "position"],
    )


def downgrade() -> None:
    """Publish the waiting events at once, before their time, and drop the table."""
    op.execute(
        sa.text(
            "INSERT INTO outbox (id, routing_key, body, attempts, due_at) "
            "SELECT id, routing_key, body, 0, not_before FROM delayed_events "
            "ORDER BY not_before, position"
        )
    )
    op.drop_table("delayed_events")
