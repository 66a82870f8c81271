"""The system's clock."""

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Return now, in UTC, aware."""
    return datetime.now(UTC)
