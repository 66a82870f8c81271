"""A list's time in steps back from its newest end, each for a query of its own.

A query without a lower bound is planned for every partition, however few rows it is after.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from app.application.ports.notifications import Criteria

# Most lists end in the first; the last step, without a width, reaches to the beginning.
WIDTHS = (timedelta(days=4), timedelta(days=32))

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def steps_back(criteria: Criteria, newest: datetime) -> Iterator[Criteria]:
    """Yield criteria that share out the time of `criteria`, the newest part first.

    `newest` is where the rows are likely to begin: what is newer is in the first part, too.
    """
    since = criteria.since or _BEGINNING
    end = newest
    for width in WIDTHS:
        if end - since <= width:
            break
        end -= width
        yield replace(criteria, since=end)
        criteria = replace(criteria, until=end)
    yield criteria
