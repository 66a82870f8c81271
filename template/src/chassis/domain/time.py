"""Times that every store can keep and compare with."""

from datetime import UTC, datetime

from chassis.domain.errors import Invalid


def check_time(field: str, time: datetime) -> None:
    """Raise `Invalid` for `field` if `time` is not aware, or outside all years in UTC."""
    if time.tzinfo is None:
        raise Invalid(field, "must have an offset, such as Z or +02:00")
    if time.tzinfo is UTC:
        return
    try:
        time.astimezone(UTC)
    except OverflowError:
        raise Invalid(field, "must lie between the years 1 and 9999 in UTC") from None
