"""The table of the events whose time has not come."""

from sqlalchemy import Column, Index, LargeBinary, Table, Uuid

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Text, Timestamp

# Apart from the outbox, so that waiting rows slow neither its claims nor its count.
delayed_events = Table(
    "delayed_events",
    metadata,
    Column("position", Position, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("not_before", Timestamp, nullable=False),
    Index(None, "not_before", "position"),
)
