"""Periods: the meaning of `since` and `until` in a query."""

from datetime import datetime

from chassis.domain.time import check_time


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raise `Invalid` for an end that no store can compare with."""
    for field, time in (("since", since), ("until", until)):
        if time is not None:
            check_time(field, time)
