"""A part of the time that a query asks for."""

from datetime import datetime

from msgspec import Struct

from chassis.domain.time import check_time


class TimeRange(Struct, frozen=True, kw_only=True):
    """The times from `since` on and before `until`; `None` is no bound."""

    since: datetime | None = None
    until: datetime | None = None


def check_range(since: datetime | None, until: datetime | None) -> None:
    """Raise `Invalid` for an end that no store can compare with."""
    for field, time in (("since", since), ("until", until)):
        if time is not None:
            check_time(field, time)
