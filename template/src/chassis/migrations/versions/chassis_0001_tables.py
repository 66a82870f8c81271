"""The tables of the chassis: outbox, journal, idempotency keys, dead letters."""

import secrets

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "chassis_0001_tables"
down_revision = None
branch_labels = ("chassis",)
depends_on = None


def upgrade() -> None:
    """Make the tables, and draw the epoch of this database's journal."""
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
    _make_journal()

    op.create_table(
        "idempotency_keys",
        sa.Column("caller", types.Text, nullable=False),
        sa.Column("key", types.Text, nullable=False),
        sa.Column("operation", types.Text, nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("created_at", types.Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", "operation", name=op.f("pk_idempotency_keys")),
    )
    _index("idempotency_keys", "created_at")

    op.create_table(
        "dead_letters",
        sa.Column("id", types.Position, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("parked_at", types.Timestamp(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_failed_at", types.Timestamp(), nullable=True),
        sa.Column("last_failed_at", types.Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("dead_letters", "idempotency_keys", "journal_epoch", "journal", "outbox"):
        op.drop_table(table)


def _make_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("position", types.Position, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", types.Timestamp(), nullable=False),
        sa.Column("receiver", types.Text, nullable=False),
        sa.Column("action_type", types.Text, nullable=False),
        sa.Column("traceparent", types.Text, nullable=True),
        sa.Column("type", types.Text, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal")),
        sa.UniqueConstraint("id", name=op.f("uq_journal_id")),
        sqlite_autoincrement=True,
    )
    _index("journal", "receiver", "position")
    epoch = op.create_table(
        "journal_epoch",
        sa.Column("epoch", types.Text, nullable=False),
        sa.Column("pruned", types.Position, server_default="0", nullable=False),
        sa.Column("timeline", types.Text, nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_journal_epoch")),
    )
    op.bulk_insert(epoch, [{"epoch": secrets.token_hex(4)}])


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
