"""The table of events that wait for the broker."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Uuid

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Text, Timestamp

outbox = Table(
    "outbox",
    metadata,
    Column("position", Position, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Timestamp, nullable=False),
    # Finds due rows, and counts, without reading the bodies.
    Index(None, "due_at", "position"),
)
