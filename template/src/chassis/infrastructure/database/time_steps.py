"""Divides the time of a list into steps, from the newest back, with a query for each.

PostgreSQL plans a query for every partition of its time, even if it returns few rows. The planning
is most of its cost.
"""

from collections.abc import Iterator, Sized
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from chassis.application.time_range import TimeRange

# Most lists end in the first step. Its rows give the width of the next step, which is at most the
# longest one. The last step, without a width, reaches to the beginning.
FIRST = timedelta(days=4)
LONGEST = timedelta(days=32)
# Extra width, because missed rows cost one more step.
MARGIN = 1.5

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def steps_back[Range: TimeRange](
    criteria: Range, newest: datetime, *, limit: int, found: Sized
) -> Iterator[Range]:
    """Yield criteria that divide the time of `criteria`, the newest part first.

    `newest` is the expected time of the newest row; newer rows are in the first part, too. `found`
    has what the caller has read so far, of the `limit` rows that it wants.
    """
    since = criteria.since or _BEGINNING
    end = newest
    for width in _widths(limit, found):
        if end - since <= width:
            break
        end -= width
        yield replace(criteria, since=end)
        criteria = replace(criteria, until=end)
    yield criteria


def _widths(limit: int, found: Sized) -> Iterator[timedelta]:
    yield FIRST
    if found:
        likely = FIRST / len(found) * (limit - len(found)) * MARGIN
        if likely < LONGEST:
            yield likely
    yield LONGEST
