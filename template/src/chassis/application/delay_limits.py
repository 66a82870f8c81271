"""The limits of delayed events: how long one may wait, and how many may wait."""

from datetime import datetime, timedelta

from chassis.application.errors import Busy
from chassis.application.ports.clock import Clock
from chassis.domain.errors import Invalid

RETRY_AFTER = 60


class DelayLimits:
    """Refuses events that would wait longer than `longest`, or while more than `most` wait.

    `waiting` is how many wait, as of the last count.
    """

    def __init__(self, clock: Clock, longest: timedelta, most: int) -> None:
        self.most = most
        self.waiting = 0
        self._clock = clock
        self._longest = longest

    def is_delayed(self, not_before: datetime) -> bool:
        """Return whether that time is still to come.

        Raises `Invalid` for a time that is too far ahead, and `Busy` while too many events wait.
        """
        left = not_before - self._clock()
        if left <= timedelta():
            return False
        if left > self._longest:
            seconds = self._longest.total_seconds()
            raise Invalid("not_before", f"must be at most {seconds:.0f} seconds from now")
        if self.waiting > self.most:
            raise Busy(f"more than {self.most} delayed events wait for their time", RETRY_AFTER)
        return True
