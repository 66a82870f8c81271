"""Port: the times at which a job is due, by a calendar."""

from datetime import datetime
from typing import Literal, Protocol


class Timetable(Protocol):
    """Due times, in UTC, to the second.

    `missed` says what happens to a due time that passed while no process ran: the newest one is run
    `once`, or all are `skip`ped. A run begins up to `jitter` seconds after its time.
    """

    @property
    def missed(self) -> Literal["once", "skip"]:
        """How missed runs are treated."""
        ...

    @property
    def jitter(self) -> float:
        """The greatest delay of a run, in seconds."""
        ...

    def next(self, after: datetime) -> datetime:
        """Return the first due time later than `after`."""
        ...

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """Return the last due time later than `after` and not later than `until`."""
        ...
