"""Totals: how many notifications a list has in all, up to a limit."""

from collections import OrderedDict
from datetime import datetime, timedelta

from app.application.ports.clock import Clock
from app.application.ports.notifications import Criteria, Notifications

MAX_TOTAL = 100_000
# What has grown so long does not shrink soon, and to count as far as that costs most.
BELIEVED = timedelta(minutes=1)
MAX_REMEMBERED = 1000


class Totals:
    """Counts; a list that was at the limit is believed to be so for a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._full: OrderedDict[Criteria, datetime] = OrderedDict()

    async def count(self, notifications: Notifications, criteria: Criteria) -> int:
        """Return how many there are, and `MAX_TOTAL` where there are more."""
        if self._is_full(criteria):
            return MAX_TOTAL
        self._full.pop(criteria, None)
        total = await notifications.count(criteria, at_most=MAX_TOTAL)
        if total == MAX_TOTAL:
            self._full[criteria] = self._clock() + BELIEVED
            if len(self._full) > MAX_REMEMBERED:
                self._full.popitem(last=False)
        return total

    def _is_full(self, criteria: Criteria) -> bool:
        until = self._full.get(criteria)
        return until is not None and self._clock() < until
