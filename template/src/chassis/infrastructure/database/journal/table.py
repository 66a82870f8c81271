"""The tables of the journal."""

from sqlalchemy import Column, Index, LargeBinary, Table, Uuid

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Text, Timestamp

journal = Table(
    "journal",
    metadata,
    Column("position", Position, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    # Three columns have the names of an earlier release, whose replicas may run at the same time: a
    # later release renames them.
    Column("registered_at", Timestamp, key="time", nullable=False),
    Column("receiver", Text, key="subject", nullable=False),
    Column("action_type", Text, key="tag", nullable=False),
    # Rows of that release have no type, and no data. The column holds bytes, because PostgreSQL's
    # JSON types take no `\u0000`, which unknown fields of a newer version may contain.
    Column("type", Text, nullable=False),
    Column("data", LargeBinary),
    # The trace of the event's publication, as W3C's header has it.
    Column("traceparent", Text),
    Index("ix_journal_receiver_position", "subject", "position"),
    # A position is never assigned twice, also when the newest rows are gone.
    sqlite_autoincrement=True,
)

# One row, set by the migration: positions of another database mean nothing here.
# `infrastructure/database/journal/epoch.py` sets another epoch if positions are assigned again.
journal_epoch = Table(
    "journal_epoch",
    metadata,
    Column("epoch", Text, primary_key=True),
    # The highest position that was ever removed: a reader that is before it has missed entries.
    Column("pruned", Position, nullable=False, server_default="0"),
    # The server's history that the epoch belongs to, as the dialect reports it.
    Column("timeline", Text),
)
