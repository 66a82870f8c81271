"""The table of notifications, and the root of the branch `app`.

The revisions up to `service_0007_events` are from before there was a branch `chassis`: four of them
change tables that are now that branch's. They stay as they are, because databases record them. A
new database has those tables in their form of today, so these revisions find their changes made.
"""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "service_0001_tables"
down_revision = None
branch_labels = ("app", "service")
depends_on = "chassis_0001_tables"

# A plain table where the server has no TimescaleDB. Nothing here needs more than its Apache
# edition. No index of its own accord: the table has one that begins with the time.
PARTITION_BY_DAY = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
        PERFORM create_hypertable(
            'notifications',
            by_range('registered_at', INTERVAL '1 day'),
            create_default_indexes => false
        );
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table, in partitions of a day if the server has TimescaleDB."""
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", types.Timestamp(), nullable=False),
        sa.Column("receiver", types.Text, nullable=False),
        sa.Column("action_type", types.Text, nullable=False),
        sa.Column("action_data", sa.JSON(), nullable=False),
        sa.Column("actioner", types.Text, nullable=True),
        sa.Column("fired_at", types.Timestamp(), nullable=False),
        sa.Column("is_seen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", "registered_at", name=op.f("pk_notifications")),
    )
    for columns in (["registered_at", "id"], ["receiver", "registered_at", "id"]):
        op.create_index(op.f(f"ix_notifications_{'_'.join(columns)}"), "notifications", columns)
    if op.get_context().dialect.name == "postgresql":
        op.execute(PARTITION_BY_DAY)


def downgrade() -> None:
    """Drop it, with all it holds."""
    op.drop_table("notifications")
