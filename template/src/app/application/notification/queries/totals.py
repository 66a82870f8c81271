"""Totals: how many notifications a list has in all, up to a limit."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from app.application.notification.ports import Criteria, Notifications
from chassis.application.ports.clock import Clock

MAX_TOTAL = 100_000
BELIEVED = timedelta(minutes=1)
MAX_REMEMBERED = 1000
# Nearly all new rows are newer. Those that an outage has delayed for longer are counted a minute
# later.
OVER = timedelta(days=1)


class _Known(NamedTuple):
    total: int
    until: datetime


class Totals:
    """Counts, and caches for a minute the counts that are expensive and hardly change.

    These are the counts of past days, and those that have reached the limit.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[Criteria, _Known] = OrderedDict()

    async def count(self, notifications: Notifications, criteria: Criteria) -> int:
        """Return how many there are, and `MAX_TOTAL` if there are more."""
        border = (self._clock() - OVER).replace(hour=0, minute=0, second=0, microsecond=0)
        over, current = _bisect(criteria, border)
        total = 0
        if over:
            # Notifications of any day may still be marked seen.
            total = await self._count(notifications, over, MAX_TOTAL, over.is_seen is None)
        if current and total < MAX_TOTAL:
            total += await self._count(notifications, current, MAX_TOTAL - total, False)
        return min(total, MAX_TOTAL)

    async def _count(
        self, notifications: Notifications, criteria: Criteria, at_most: int, is_settled: bool
    ) -> int:
        known = self._known.get(criteria)
        if known and self._clock() < known.until:
            return known.total
        self._known.pop(criteria, None)
        total = await notifications.count(criteria, at_most=at_most)
        if is_settled or total == at_most:
            self._known[criteria] = _Known(total, self._clock() + BELIEVED)
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return total


def _bisect(criteria: Criteria, border: datetime) -> tuple[Criteria | None, Criteria | None]:
    """Return the criteria's halves before that time and from it on."""
    before = replace(criteria, until=min(criteria.until or border, border))
    after = replace(criteria, since=max(criteria.since or border, border))
    return before if _is_some(before) else None, after if _is_some(after) else None


def _is_some(criteria: Criteria) -> bool:
    return not criteria.since or not criteria.until or criteria.since < criteria.until
