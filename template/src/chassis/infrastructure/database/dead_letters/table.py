"""The table of dead letters, and of the memory broker's unrouted messages."""

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
    # An id that an operator has noted never names another message later.
    sqlite_autoincrement=True,
)

# The prefix of the reason of an unrouted message; its routing key follows.
UNROUTED = "unrouted: no queue was bound for "
IS_UNROUTED = dead_letters.c.reason.startswith(UNROUTED)
