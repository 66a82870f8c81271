"""The tables that the service starts with."""

import secrets

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "service_0001_tables"
down_revision = None
branch_labels = ("service",)
depends_on = None

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
    """Make the tables, and draw the epoch of this database's journal."""
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
    _index("notifications", "registered_at", "id")
    _index("notifications", "receiver", "registered_at", "id")
    if op.get_context().dialect.name == "postgresql":
        op.execute(PARTITION_BY_DAY)

    op.create_table(
        "outbox",
        sa.Column("position", types.Position, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("routing_key", types.Text, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", types.Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
    )
    _index("outbox", "due_at", "position")

    op.create_table(
        "journal",
        sa.Column("position", types.Position, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", types.Timestamp(), nullable=False),
        sa.Column("receiver", types.Text, nullable=False),
        sa.Column("action_type", types.Text, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal")),
        sa.UniqueConstraint("id", name=op.f("uq_journal_id")),
        sqlite_autoincrement=True,
    )
    _index("journal", "receiver", "position")

    epoch = op.create_table(
        "journal_epoch",
        sa.Column("epoch", types.Text, nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_journal_epoch")),
    )
    op.bulk_insert(epoch, [{"epoch": secrets.token_hex(4)}])

    op.create_table(
        "idempotency_keys",
        sa.Column("caller", types.Text, nullable=False),
        sa.Column("key", types.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("created_at", types.Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_keys")),
    )
    _index("idempotency_keys", "created_at")

    op.create_table(
        "dead_letters",
        sa.Column("id", types.Position, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("parked_at", types.Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in (
        "dead_letters",
        "idempotency_keys",
        "journal_epoch",
        "journal",
        "outbox",
        "notifications",
    ):
        op.drop_table(table)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
