"""The table of dead letters, and of what no queue of the memory broker took."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Timestamp

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Position, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("reason", String, nullable=False),
    Column("parked_at", Timestamp, key="dead_lettered_at", nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_failed_at", Timestamp),
    Column("last_failed_at", Timestamp),
    # An id that an operator has noted never comes to mean another message.
    sqlite_autoincrement=True,
)

# What the reason begins with, if no queue took the message; its routing key follows.
UNROUTED = "unrouted: no queue was bound for "
IS_UNROUTED = dead_letters.c.reason.startswith(UNROUTED)
