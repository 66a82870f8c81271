"""The table of the jobs' runs."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Text, Timestamp

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", Position, primary_key=True),
    Column("job", Text, nullable=False),
    Column("due_at", Timestamp, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("began_at", Timestamp),
    Column("ended_at", Timestamp),
    Column("error", Text, nullable=False),
    Column("runner", Text, nullable=False),
    Column("by_hand", Boolean, nullable=False),
    # Two leaders cannot both begin the run of one time.
    UniqueConstraint("job", "due_at"),
    Index(None, "outcome"),
)
