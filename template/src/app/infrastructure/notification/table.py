"""The table of notifications; a column for each field of the entity, under its name.

In addition, the number of changes to the row.
"""

from sqlalchemy import Boolean, Column, Index, Table, Uuid

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Json, Text, Timestamp, Version

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    # In the key, since a table that is partitioned by time has no unique key without it.
    Column("registered_at", Timestamp, primary_key=True),
    Column("version", Version, nullable=False, server_default="0"),
    Column("receiver", Text, nullable=False),
    Column("action_type", Text, nullable=False),
    Column("action_data", Json, nullable=False),
    Column("actioner", Text),
    Column("fired_at", Timestamp, nullable=False),
    Column("is_seen", Boolean, nullable=False),
    Index(None, "registered_at", "id"),
    Index(None, "receiver", "registered_at", "id"),
)
