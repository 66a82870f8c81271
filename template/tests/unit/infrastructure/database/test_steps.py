from datetime import UTC, datetime, timedelta

import pytest

from app.application.ports.notifications import Criteria
from app.infrastructure.database.notification.steps import WIDTHS, steps_back

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
FIRST, SECOND = WIDTHS
DAY = timedelta(days=1)


def test_steps_share_out_all_time_the_newest_first() -> None:
    first, second = NOON - FIRST, NOON - FIRST - SECOND

    assert list(steps_back(Criteria(receiver="ada"), NOON)) == [
        Criteria(receiver="ada", since=first),
        Criteria(receiver="ada", since=second, until=first),
        Criteria(receiver="ada", until=second),
    ]


def test_a_time_with_an_end_keeps_it() -> None:
    until = NOON + DAY

    first, *_, last = steps_back(Criteria(until=until), NOON)

    assert first == Criteria(since=NOON - FIRST, until=until)
    assert last.since is None


@pytest.mark.parametrize("since", (NOON - FIRST, NOON, NOON + DAY))
def test_a_short_time_is_one_step(since: datetime) -> None:
    criteria = Criteria(since=since, until=NOON + 2 * DAY)

    assert list(steps_back(criteria, NOON)) == [criteria]


def test_the_last_step_ends_where_the_time_begins() -> None:
    since = NOON - FIRST - DAY

    assert list(steps_back(Criteria(since=since), NOON)) == [
        Criteria(since=NOON - FIRST),
        Criteria(since=since, until=NOON - FIRST),
    ]


def test_the_beginning_of_time_is_no_obstacle() -> None:
    early = datetime(1, 1, 2, tzinfo=UTC)

    assert list(steps_back(Criteria(until=early), early)) == [Criteria(until=early)]
