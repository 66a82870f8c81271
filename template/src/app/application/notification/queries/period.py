"""Periods: what a query means by `since` and `until`."""

from datetime import datetime

from chassis.domain.time import check_time


def check_period(since: datetime | None, until: datetime | None) -> None:
    """Raise `Invalid` for the end that no store can compare with."""
    for field, time in (("since", since), ("until", until)):
        if time is not None:
            check_time(field, time)
