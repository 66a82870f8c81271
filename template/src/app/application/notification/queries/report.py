"""Report: how many notifications there were, by time and key."""

import re
from datetime import UTC, datetime, timedelta

from app.application.notification.bounds import BUCKET
from app.application.notification.messages import Count, Counts, Report
from app.application.notification.ports import Criteria, Notifications
from chassis.application.context import current_caller
from chassis.application.ports.clock import Clock
from chassis.application.ports.unit_of_work import UnitOfWork
from chassis.application.time_range import check_range
from chassis.domain.errors import Invalid

MAX_BUCKETS = 400
MAX_ROWS = 10_000
DEFAULT_BUCKETS = 24

_is_bucket = re.compile(BUCKET).fullmatch
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ReportHandler:
    """Counts in the database, within bounds that keep any report cheap."""

    def __init__(self, work: UnitOfWork[Notifications], clock: Clock) -> None:
        self._work = work
        self._clock = clock

    async def __call__(self, message: Report) -> Counts:
        """Return the counts; without `since` they reach back 24 buckets from `until` (or now).

        Raises `Invalid`, `Forbidden` or `Unavailable`.
        """
        check_range(message.since, message.until)
        seconds = _parse(message.bucket)
        until = message.until or self._clock()
        if message.since is not None and message.since >= until:
            raise Invalid("since", "must be before until")
        since = message.since or _reach_back(until, DEFAULT_BUCKETS * timedelta(seconds=seconds))
        if (until - since) / timedelta(seconds=seconds) > MAX_BUCKETS:
            raise Invalid(
                "bucket", f"a report has at most {MAX_BUCKETS} buckets: choose wider ones"
            )
        criteria = Criteria(
            receiver=current_caller().readable(message.receiver),
            action_type=message.action_type,
            since=since,
            until=until,
        )
        async with self._work.read() as notifications:
            rows = await notifications.counts(
                criteria, by=message.by, bucket_seconds=seconds, limit=MAX_ROWS + 1
            )
        if len(rows) > MAX_ROWS:
            raise Invalid("since", f"a report has at most {MAX_ROWS} rows: choose a shorter time")
        return Counts([Count(bucket, key, count) for bucket, key, count in rows])


def _reach_back(until: datetime, by: timedelta) -> datetime:
    # Ids begin in 1970, so an earlier period is empty, and no earlier bucket is needed.
    return until - max(min(by, until - _EPOCH), timedelta(0))


def _parse(bucket: str) -> int:
    match = _is_bucket(bucket)
    if match is None:
        raise Invalid("bucket", "must be a number and a unit of s, m, h or d, such as 15m")
    return int(match[1]) * _UNITS[match[2]]
