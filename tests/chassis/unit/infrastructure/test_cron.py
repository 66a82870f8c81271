from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from chassis.infrastructure.cron import Cron
from tests.chassis.unit.infrastructure.cron_table import (
    CHANGES,
    EXPRESSIONS,
    HALF_HOUR,
    SKIPPING,
    due_times,
    span,
)

NIGHTLY = Cron("30 2 * * *", zone="Europe/Berlin")


def times(cron: Cron, begin: datetime, end: datetime) -> list[datetime]:
    found = []
    while (begin := cron.next(begin)) <= end:
        found.append(begin)
    return found


def is_within_an_hour(due: datetime, zone: str) -> bool:
    """Return whether the clocks change within an hour before or after."""
    offsets = {
        (due + timedelta(hours=hours)).astimezone(ZoneInfo(zone)).utcoffset() for hours in (-1, 1)
    }
    return len(offsets) == 2


def test_the_table_has_forty_expressions() -> None:
    assert len(EXPRESSIONS) == len(set(EXPRESSIONS)) == 40


@pytest.mark.parametrize(
    ("zone", "change"), [(zone, day) for zone, *days in CHANGES for day in days], ids=str
)
def test_due_times_around_a_change_of_the_clocks(
    zone: str, change: tuple[int, int], subtests: pytest.Subtests
) -> None:
    begin, end = span(zone, *change)
    for expression in EXPRESSIONS:
        with subtests.test(expression=expression):
            found = times(Cron(expression, zone=zone), begin, end)
            ours = list(due_times(expression, zone, begin, end))
            if zone == HALF_HOUR and expression in SKIPPING:
                assert {*found} <= {*ours}
                assert {*ours} - {*found} <= {due for due in ours if is_within_an_hour(due, zone)}
            else:
                assert found == ours
            library = CronSim(expression, begin.astimezone(ZoneInfo(zone)))
            theirs = takewhile(lambda due: due <= end, (due.astimezone(UTC) for due in library))
            # The library may name one time twice, such as the end of a skipped hour.
            assert found == list(dict.fromkeys(theirs))


@pytest.mark.parametrize(
    ("zone", "change"), [(zone, day) for zone, *days in CHANGES for day in days], ids=str
)
def test_the_latest_time_is_the_last_of_all_from_any_moment(
    zone: str, change: tuple[int, int], subtests: pytest.Subtests
) -> None:
    begin, end = span(zone, *change)
    for expression in EXPRESSIONS[::5]:
        cron = Cron(expression, zone=zone)
        with subtests.test(expression=expression):
            every = times(cron, begin, end)
            for minutes in range(0, 3 * 24 * 60, 197):
                until = begin + timedelta(minutes=minutes, seconds=17)
                passed = [due for due in every if due <= until]
                assert cron.latest(begin, until) == (passed[-1] if passed else None)
                # Never in the past, also from within an hour that repeats.
                if passed != every:
                    assert cron.next(until) == every[len(passed)]


def test_three_hours_of_sleep_leave_one_latest_run() -> None:
    cron = Cron("*/10 * * * *")
    slept_at = datetime(2026, 5, 1, 2, 0, 1, tzinfo=UTC)

    assert cron.latest(slept_at, slept_at + timedelta(hours=3)) == datetime(
        2026, 5, 1, 5, 0, tzinfo=UTC
    )
    assert cron.latest(slept_at, slept_at + timedelta(minutes=9)) is None


def test_a_time_in_the_skipped_hour_comes_at_its_end() -> None:
    due = NIGHTLY.next(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert due == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert due.astimezone(ZoneInfo("Europe/Berlin")).hour == 3


def test_a_time_in_the_repeated_hour_comes_once() -> None:
    first = NIGHTLY.next(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    # Half past two comes a second time, an hour later.
    assert NIGHTLY.next(first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert NIGHTLY.next(datetime(2026, 10, 25, 1, 10, tzinfo=UTC)) == datetime(
        2026, 10, 26, 1, 30, tzinfo=UTC
    )


def test_a_sixth_field_is_the_second() -> None:
    now = datetime(2026, 5, 1, 2, 0, 14, tzinfo=UTC)
    assert Cron("*/10 * * * * *").next(now) == now.replace(second=20)


def test_it_says_when_it_comes() -> None:
    assert str(NIGHTLY) == "at 30 2 * * * (Europe/Berlin)"


@pytest.mark.parametrize(
    ("expression", "options", "reason"),
    (
        ("61 * * * *", {}, r"'61 \* \* \* \*' is malformed \(Bad minute\): write five fields"),
        ("* * *", {}, "Wrong number of fields"),
        ("", {}, "Wrong number of fields"),
        ("0 0 30 2 *", {}, "Bad day-of-month"),
        ("* * */20 * 1L", {}, "it never comes"),
        ("0 3 * * *", {"zone": "Europe/Berlim"}, "'Europe/Berlim' is unknown: use a name such as"),
        ("0 3 * * *", {"zone": "../etc"}, "is unknown"),
        ("0 3 * * *", {"zone": ""}, "is unknown"),
        ("0 3 * * *", {"jitter": -1}, "needs a jitter of 0 or more"),
    ),
)
def test_what_would_never_run_is_refused(
    expression: str, options: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Cron(expression, **options)  # type: ignore[arg-type]  # options of any type
