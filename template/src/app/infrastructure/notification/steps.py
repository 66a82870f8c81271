"""A list's time in steps back from its newest end, each for a query of its own.

A query is planned for every partition that its time has, however few rows it is after, and that is
most of what it costs.
"""

from collections.abc import Iterator, Sized
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from app.application.notification.ports import Criteria

# Most lists end in the first step. It tells how far the next has to go, which takes no longer one
# than this; the last step, without a width, reaches to the beginning.
FIRST = timedelta(days=4)
LONGEST = timedelta(days=32)
# How much further than is likely to do: what is missed costs one more step.
MARGIN = 1.5

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def steps_back(
    criteria: Criteria, newest: datetime, *, limit: int, found: Sized
) -> Iterator[Criteria]:
    """Yield criteria that share out the time of `criteria`, the newest part first.

    `newest` is where the rows are likely to begin: what is newer is in the first part, too. `found`
    is what the caller, who wants `limit`, has got from the parts so far.
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
