"""The tables of the journal."""

from sqlalchemy import Column, Index, LargeBinary, Table, Uuid

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Text, Timestamp

journal = Table(
    "journal",
    metadata,
    Column("position", Position, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    # Three columns have the names of an earlier release, next to which this one may run: a later
    # one renames them.
    Column("registered_at", Timestamp, key="time", nullable=False),
    Column("receiver", Text, key="subject", nullable=False),
    Column("action_type", Text, key="tag", nullable=False),
    # Rows of that release have no type, and no data. As bytes it may be any JSON: as its own JSON
    # PostgreSQL takes no `\u0000`, not even in what only newer versions of an aggregate know.
    Column("type", Text, nullable=False),
    Column("data", LargeBinary),
    # The trace in which it was announced, as W3C's header has it.
    Column("traceparent", Text),
    Index("ix_journal_receiver_position", "subject", "position"),
    # A position is never given twice, also when the newest rows are gone.
    sqlite_autoincrement=True,
)

# One row, drawn by the migration: positions of another database mean nothing here.
# `infrastructure/database/journal/epoch.py` draws another one where positions are given again.
journal_epoch = Table(
    "journal_epoch",
    metadata,
    Column("epoch", Text, primary_key=True),
    # The highest position that was ever removed: whoever is not as far has missed something.
    Column("pruned", Position, nullable=False, server_default="0"),
    # The server's history that the epoch belongs to, as the dialect tells it.
    Column("timeline", Text),
)
