import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chassis.domain.errors import Invalid
from chassis.domain.time import check_time

EAST = timezone(timedelta(hours=14))
WEST = timezone(-timedelta(hours=1))
FIRST = datetime(1, 1, 1)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999)


@pytest.fixture(params=("UTC", "Etc/GMT+12", "Etc/GMT-14"), autouse=True)
def _wherever_the_server_is(request: pytest.FixtureRequest) -> Iterator[None]:
    if sys.platform == "win32":
        # The time zone of the machine cannot be set for one process.
        yield
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", request.param)
            time.tzset()
            yield
        time.tzset()


@pytest.mark.parametrize(
    "time",
    (
        FIRST.replace(tzinfo=UTC),
        LAST.replace(tzinfo=UTC),
        FIRST.replace(hour=14, tzinfo=EAST),
        LAST.replace(hour=22, tzinfo=WEST),
    ),
)
def test_a_time_of_any_year_is_taken(time: datetime) -> None:
    check_time("since", time)


@pytest.mark.parametrize(
    ("time", "reason"),
    (
        (datetime(2026, 1, 1), "must have an offset, such as Z or +02:00"),
        (FIRST.replace(tzinfo=EAST), "must lie between the years 1 and 9999 in UTC"),
        (
            FIRST.replace(hour=13, minute=59, tzinfo=EAST),
            "must lie between the years 1 and 9999 in UTC",
        ),
        (LAST.replace(tzinfo=WEST), "must lie between the years 1 and 9999 in UTC"),
    ),
)
def test_what_is_no_time_in_utc_is_refused_by_name(time: datetime, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_time("since", time)

    assert (caught.value.field, caught.value.reason) == ("since", reason)
