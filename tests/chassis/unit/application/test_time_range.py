from datetime import UTC, datetime, timedelta, timezone

import pytest

from chassis.application.time_range import check_range
from chassis.domain.errors import Invalid

NOW = datetime(2026, 3, 4, tzinfo=UTC)
TOO_EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
TOO_LATE = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=14)))


@pytest.mark.parametrize("since", (None, NOW))
@pytest.mark.parametrize("until", (None, NOW))
def test_either_end_may_be_open(since: datetime | None, until: datetime | None) -> None:
    check_range(since, until)


@pytest.mark.parametrize("time", (TOO_EARLY, TOO_LATE))
@pytest.mark.parametrize("field", ("since", "until"))
def test_an_end_outside_all_years_is_refused_by_name(field: str, time: datetime) -> None:
    ends = {"since": NOW, "until": NOW} | {field: time}

    with pytest.raises(Invalid) as caught:
        check_range(**ends)

    assert caught.value.field == field
