"""A part of the time that a query asks for."""

from datetime import datetime

from msgspec import Struct


class TimeRange(Struct, frozen=True, kw_only=True):
    """The times from `since` on and before `until`; `None` is no bound."""

    since: datetime | None = None
    until: datetime | None = None
