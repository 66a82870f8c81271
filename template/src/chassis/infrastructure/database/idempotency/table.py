"""The table of idempotency keys."""

from sqlalchemy import JSON, Column, Index, LargeBinary, Table

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Text, Timestamp

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # Last in the key, so that replicas of a release without operations still find their rows by it.
    Column("operation", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("ids", JSON, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Index(None, "created_at"),
)
