"""Ids: UUIDv7, so that an id carries the time it was made (RFC 9562, 5.7)."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.domain.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_VERSION_AND_VARIANT_BITS = (0xF << 76) | (0b11 << 62)

CLOCK_SKEW = timedelta(minutes=5)
_FURTHEST = CLOCK_SKEW // 2 // _MILLISECOND


class AheadOfClock(Invalid):
    """An id whose time lies ahead of this server's clock; it may become valid later."""

    def __init__(self, time: datetime) -> None:
        super().__init__("id", f"its time {time.isoformat()} lies ahead of this server's clock")
        self.time = time


class _Generator:
    """Makes ids that grow within a process, also inside a millisecond or when the clock steps back.

    The millisecond and the twelve bits after it are one counter. Each new millisecond starts at a
    random place in the lower half, which leaves room for two thousand ids. If a clock steps back
    far, ids follow it all the same: consumers refuse those ahead.
    """

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, now: datetime) -> UUID:
        """Return a new UUIDv7 for the aware time `now`."""
        milliseconds = (now - _EPOCH) // _MILLISECOND
        random = int.from_bytes(os.urandom(10))
        fresh = (milliseconds << 12) | (random & 0x7FF)
        ahead = (self._last - fresh) >> 12
        self._last = fresh if ahead > _FURTHEST else max(fresh, self._last + 1)
        time, sequence = self._last >> 12, self._last & 0xFFF
        noise = random >> 18
        return UUID(int=(time << 80) | (sequence << 64) | noise | _VERSION_AND_VARIANT)


new_id = _Generator()


def time_of(identity: UUID) -> datetime:
    """Return the time that a UUIDv7 carries, in UTC.

    Raises `Invalid` if it is another kind of UUID, or its time is past the year 9999.
    """
    number = identity.int
    if number & _VERSION_AND_VARIANT_BITS != _VERSION_AND_VARIANT:
        raise Invalid("id", "must be a UUIDv7")
    try:
        return _EPOCH + (number >> 80) * _MILLISECOND
    except OverflowError:
        raise Invalid("id", "its time lies beyond the year 9999") from None


def time_of_foreign(identity: UUID, *, now: datetime, retention: timedelta) -> datetime:
    """Return the time in an id from elsewhere; raises `Invalid` if it cannot be stored.

    The error is `AheadOfClock` if the id may become valid later. An id minutes ahead, or older than
    the retention, would create partitions that pruning never finds or drops at once.
    """
    time = time_of(identity)
    if time > now + CLOCK_SKEW:
        raise AheadOfClock(time)
    if time < now - retention:
        raise Invalid("id", f"its time {time.isoformat()} lies before the retention")
    return time
