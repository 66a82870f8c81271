from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.time_range import TimeRange
from chassis.infrastructure.database.time_steps import FIRST, LONGEST, MARGIN, steps_back

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Criteria(TimeRange, frozen=True, kw_only=True):
    """The filters of a list, and its time."""

    receiver: str | None = None


def steps(criteria: Criteria, newest: datetime, found: Sequence[int] = ()) -> list[Criteria]:
    """Return all steps of a caller that wants 50, and finds so many in one after the other."""
    rows = list[str]()
    taken = []
    for number, step in enumerate(steps_back(criteria, newest, limit=50, found=rows)):
        taken.append(step)
        rows += ["row"] * (found[number] if number < len(found) else 0)
    return taken


def test_steps_share_out_all_time_the_newest_first() -> None:
    first, second = NOON - FIRST, NOON - FIRST - LONGEST

    assert steps(Criteria(receiver="ada"), NOON) == [
        Criteria(receiver="ada", since=first),
        Criteria(receiver="ada", since=second, until=first),
        Criteria(receiver="ada", until=second),
    ]


def test_what_the_first_step_finds_tells_how_far_the_next_one_goes() -> None:
    first = NOON - FIRST
    # It found a fifth, so four times as long is likely to have the rest.
    second = first - 4 * FIRST * MARGIN
    third = second - LONGEST

    assert steps(Criteria(), NOON, found=(10, 39)) == [
        Criteria(since=first),
        Criteria(since=second, until=first),
        Criteria(since=third, until=second),
        Criteria(until=third),
    ]


def test_no_step_but_the_last_is_longer_than_the_longest() -> None:
    assert steps(Criteria(), NOON, found=(1,)) == steps(Criteria(), NOON)


def test_a_time_with_an_end_keeps_it() -> None:
    until = NOON + DAY

    first, *_, last = steps(Criteria(until=until), NOON)

    assert first == Criteria(since=NOON - FIRST, until=until)
    assert last.since is None


@pytest.mark.parametrize("since", (NOON - FIRST, NOON, NOON + DAY))
def test_a_short_time_is_one_step(since: datetime) -> None:
    criteria = Criteria(since=since, until=NOON + 2 * DAY)

    assert steps(criteria, NOON) == [criteria]


def test_the_last_step_ends_where_the_time_begins() -> None:
    since = NOON - FIRST - DAY

    assert steps(Criteria(since=since), NOON) == [
        Criteria(since=NOON - FIRST),
        Criteria(since=since, until=NOON - FIRST),
    ]


def test_the_beginning_of_time_is_no_obstacle() -> None:
    early = datetime(1, 1, 2, tzinfo=UTC)

    assert steps(Criteria(until=early), early) == [Criteria(until=early)]
