"""The tables of the journal."""

from sqlalchemy import Column, Index, Table, Uuid

from app.infrastructure.database.metadata import metadata
from app.infrastructure.database.types import Position, Text, Timestamp

journal = Table(
    "journal",
    metadata,
    Column("position", Position, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("registered_at", Timestamp, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("action_type", Text, nullable=False),
    # The trace in which it was registered, as W3C's header has it.
    Column("traceparent", Text),
    Index(None, "receiver", "position"),
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
