"""Cron expressions in a time zone."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

_SECOND = timedelta(seconds=1)


class Cron:
    """A `Timetable` by a cron expression, such as `0 3 * * mon-fri`, by the clocks of `zone`.

    Five fields: minute, hour, day of the month, month, day of the week. A sixth field before them
    is the second. Changes of the clocks are treated as by Debian's cron. A run at a fixed time of
    the skipped hour begins at the end of that hour; one in the repeated hour runs once. An
    expression whose minute or hour begins with `*` follows the elapsed time instead.

    Raises `ValueError` if the expression is malformed, never comes, or the zone is unknown.
    """

    def __init__(
        self,
        expression: str,
        *,
        zone: str = "UTC",
        missed: Literal["once", "skip"] = "once",
        jitter: float = 0.0,
    ) -> None:
        self.expression = expression
        self.missed: Literal["once", "skip"] = missed
        self.jitter = jitter
        if jitter < 0:
            raise ValueError(f"the cron expression {expression!r} needs a jitter of 0 or more")
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"the time zone {zone!r} is unknown: use a name such as Europe/Berlin"
            ) from error
        self.next(datetime.now(UTC))

    def __str__(self) -> str:
        """Return the expression and its zone, for operators."""
        return f"at {self.expression} ({self._zone.key})"

    def next(self, after: datetime) -> datetime:
        """Return the first due time later than `after`."""
        try:
            times = CronSim(self.expression, after.astimezone(self._zone))
            # In a repeated hour, the first times may lie before `after`.
            found = next(due for time in times if (due := time.astimezone(UTC)) > after)
        except (CronSimError, StopIteration) as error:
            reason = str(error) or "it never comes"
            raise ValueError(
                f"the cron expression {self.expression!r} is malformed ({reason}): write five "
                "fields, such as 0 3 * * *"
            ) from error
        return found

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """Return the last due time later than `after` and not later than `until`."""
        if self.next(after) > until:
            return None
        # The later the start, the later its next time: so bisect the seconds in between.
        seconds = range(int((until - after) / _SECOND) + 1)
        passed = bisect_left(
            seconds, True, key=lambda second: self.next(after + second * _SECOND) > until
        )
        return self.next(after + (passed - 1) * _SECOND)
